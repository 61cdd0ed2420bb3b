___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Amazon Ads Conversions by amazon-capi-forwarder",
  "brand": {
    "id": "brand_dummy",
    "displayName": ""
  },
  "description": "Sends the container\u0027s events to your amazon-capi-forwarder, which hashes, queues and delivers them to the Amazon Ads Conversions API.",
  "categories": ["ADVERTISING", "CONVERSIONS"],
  "containerContexts": ["SERVER"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "intakeUrl",
    "displayName": "URL of the intake",
    "simpleValueType": true,
    "alwaysInSummary": true,
    "valueHint": "https://capi.example.com",
    "help": "Without /v1/events. Use http:// only in a private network: the API key travels with each event.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      },
      {
        "type": "REGEX",
        "args": ["^https?://[^?#]+$"],
        "errorMessage": "Begin with https:// and leave out what follows a ? or #."
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "account",
    "displayName": "Account",
    "simpleValueType": true,
    "alwaysInSummary": true,
    "defaultValue": "default",
    "help": "The name of the account in ACCOUNTS_FILE. With one account: default.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "apiKey",
    "displayName": "API key",
    "simpleValueType": true,
    "clearOnCopy": true,
    "help": "A key of INTAKE_API_KEYS_FILE that is bound to this account and to the source ga4. Whoever may read this container, or an export of it, can read the key.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      }
    ]
  },
  {
    "type": "SIMPLE_TABLE",
    "name": "events",
    "displayName": "Events to send",
    "help": "Without rows: each event whose name stands for a type of Amazon\u0027s (purchase, add_to_cart, begin_checkout, view_item, page_view, search, view_search_results, generate_lead, sign_up, contact, subscribe). The type counts only for other names.",
    "newRowButtonText": "Add event",
    "simpleTableColumns": [
      {
        "name": "eventName",
        "displayName": "Event name",
        "type": "TEXT",
        "defaultValue": "",
        "isUnique": true,
        "valueHint": "purchase",
        "valueValidators": [
          {
            "type": "NON_EMPTY"
          }
        ]
      },
      {
        "name": "eventType",
        "displayName": "Amazon\u0027s type",
        "type": "SELECT",
        "defaultValue": "",
        "selectItems": [
          {
            "value": "",
            "displayValue": "by its name"
          },
          {
            "value": "ADD_TO_SHOPPING_CART",
            "displayValue": "ADD_TO_SHOPPING_CART"
          },
          {
            "value": "APPLICATION",
            "displayValue": "APPLICATION"
          },
          {
            "value": "CHECKOUT",
            "displayValue": "CHECKOUT"
          },
          {
            "value": "CONTACT",
            "displayValue": "CONTACT"
          },
          {
            "value": "DETAIL_PAGE_VIEW",
            "displayValue": "DETAIL_PAGE_VIEW"
          },
          {
            "value": "LEAD",
            "displayValue": "LEAD"
          },
          {
            "value": "OFF_AMAZON_PURCHASES",
            "displayValue": "OFF_AMAZON_PURCHASES"
          },
          {
            "value": "MOBILE_APP_FIRST_START",
            "displayValue": "MOBILE_APP_FIRST_START"
          },
          {
            "value": "PAGE_VIEW",
            "displayValue": "PAGE_VIEW"
          },
          {
            "value": "SEARCH",
            "displayValue": "SEARCH"
          },
          {
            "value": "SIGN_UP",
            "displayValue": "SIGN_UP"
          },
          {
            "value": "SUBSCRIBE",
            "displayValue": "SUBSCRIBE"
          },
          {
            "value": "OTHER",
            "displayValue": "OTHER"
          }
        ]
      }
    ]
  },
  {
    "type": "GROUP",
    "name": "eventGroup",
    "displayName": "What the event does not say itself",
    "groupStyle": "ZIPPY_CLOSED",
    "subParams": [
      {
        "type": "TEXT",
        "name": "eventId",
        "displayName": "Event id",
        "simpleValueType": true,
        "help": "A variable that has the same value when the event is sent again. Empty: event_id of the event. A purchase goes by its transaction_id."
      },
      {
        "type": "TEXT",
        "name": "countryCode",
        "displayName": "Country",
        "simpleValueType": true,
        "valueHint": "DE",
        "help": "Two letters. Empty: country_code of the event, the country of the address, else DEFAULT_COUNTRY of the forwarder."
      },
      {
        "type": "TEXT",
        "name": "adUserData",
        "displayName": "Consent: ad_user_data",
        "simpleValueType": true,
        "help": "A variable with granted or denied. Empty: what consent_state, x-ga-gcd or x-ga-gcs of the event say. Do not write granted here by hand: it would claim a consent that nobody gave."
      },
      {
        "type": "TEXT",
        "name": "adStorage",
        "displayName": "Consent: ad_storage",
        "simpleValueType": true,
        "help": "The same for storage on the device."
      },
      {
        "type": "SIMPLE_TABLE",
        "name": "userData",
        "displayName": "Match data",
        "help": "Sent beside user_data of the event. Raw or SHA-256 hashed: the forwarder normalises and hashes.",
        "newRowButtonText": "Add match data",
        "simpleTableColumns": [
          {
            "name": "field",
            "displayName": "Field",
            "type": "SELECT",
            "defaultValue": "email_address",
            "isUnique": true,
            "selectItems": [
              {
                "value": "email_address",
                "displayValue": "E-mail"
              },
              {
                "value": "phone_number",
                "displayValue": "Phone"
              },
              {
                "value": "first_name",
                "displayValue": "First name"
              },
              {
                "value": "last_name",
                "displayValue": "Last name"
              },
              {
                "value": "street",
                "displayValue": "Street and number"
              },
              {
                "value": "city",
                "displayValue": "City"
              },
              {
                "value": "region",
                "displayValue": "State or region"
              },
              {
                "value": "postal_code",
                "displayValue": "Postal code"
              }
            ]
          },
          {
            "name": "value",
            "displayName": "Value",
            "type": "TEXT",
            "defaultValue": ""
          }
        ]
      }
    ]
  },
  {
    "type": "GROUP",
    "name": "moreGroup",
    "displayName": "More",
    "groupStyle": "ZIPPY_CLOSED",
    "subParams": [
      {
        "type": "TEXT",
        "name": "timeoutMs",
        "displayName": "Timeout of a request",
        "simpleValueType": true,
        "valueUnit": "milliseconds",
        "defaultValue": "3000",
        "help": "An event that fails for a passing cause is sent once more at once, so a tag can take twice as long.",
        "valueValidators": [
          {
            "type": "POSITIVE_NUMBER"
          }
        ]
      },
      {
        "type": "CHECKBOX",
        "name": "logAll",
        "checkboxText": "Log what is accepted or passed over too",
        "simpleValueType": true,
        "defaultValue": false,
        "help": "What fails is always logged. No line holds personal data or the key."
      }
    ]
  }
]


___SANDBOXED_JS_FOR_SERVER___

/*
 * Sends one event of the container to POST /v1/events?source=ga4 of amazon-capi-forwarder.
 *
 * Promises: an event that is sent again has the same id, so that it counts once; nothing leaves the container but what the
 * forwarder reads; success is reported only after the forwarder has the event in its queue.
 */
const JSON = require('JSON');
const encodeUriComponent = require('encodeUriComponent');
const getAllEventData = require('getAllEventData');
const getTimestampMillis = require('getTimestampMillis');
const getType = require('getType');
const logToConsole = require('logToConsole');
const makeInteger = require('makeInteger');
const makeString = require('makeString');
const sendHttpRequest = require('sendHttpRequest');
const sha256Sync = require('sha256Sync');

// Names that stand for a type of Amazon's without being told.
const KNOWN_NAMES = [
  'view_item',
  'add_to_cart',
  'begin_checkout',
  'purchase',
  'generate_lead',
  'sign_up',
  'search',
  'view_search_results',
  'contact',
  'page_view',
  'subscribe',
];

// What the forwarder reads of an event. IP address, user agent, cookies and page stay here.
const SENT_FIELDS = [
  'event_name',
  'transaction_id',
  'event_id',
  'timestamp_ms',
  'timestamp_micros',
  'timestamp',
  'value',
  'currency',
  'items',
  'ecommerce',
  'eventModel',
  'country_code',
  'user_data',
  'user_location',
  'consent_state',
  'consent',
  'x-ga-gcd',
  'x-ga-gcs',
];

const eventData = getAllEventData();
const eventName = makeString(eventData.event_name);
const row = rowOf(eventName);

// Not for Amazon: nothing to do, and no failure.
if (!row) return data.gtmOnSuccess();

const isPurchase = eventName === 'purchase' || row.eventType === 'OFF_AMAZON_PURCHASES';
const event = buildEvent();
// Most visitors are unknown, and the intake rejects their events. A purchase is sent all the same, so that it is seen.
if (!isPurchase && !hasMatchData(event)) {
  if (data.logAll) log('passed_over', 'no match data');
  return data.gtmOnSuccess();
}
const fault = identify(event);
if (fault) {
  log('not_sent', fault);
  return data.gtmOnFailure();
}
const url = urlOf(row.eventType);
const body = JSON.stringify(event);
send(true);

function rowOf(name) {
  const rows = data.events || [];
  if (rows.length === 0) return KNOWN_NAMES.indexOf(name) >= 0 ? {eventType: ''} : undefined;
  return rows.filter((candidate) => candidate.eventName === name)[0];
}

function urlOf(eventType) {
  let base = makeString(data.intakeUrl).trim();
  while (base.charAt(base.length - 1) === '/') base = base.slice(0, -1);
  const query = 'source=ga4&account=' + encodeUriComponent(data.account || 'default');
  return base + '/v1/events?' + query + (eventType ? '&eventType=' + encodeUriComponent(eventType) : '');
}

function buildEvent() {
  const built = {};
  SENT_FIELDS.forEach((field) => {
    if (isThere(eventData[field])) built[field] = eventData[field];
  });
  if (isThere(data.eventId)) built.event_id = makeString(data.eventId);
  if (isThere(data.countryCode)) built.country_code = makeString(data.countryCode);
  addConsent(built);
  addUserData(built);
  // The hit has no time of its own: a container gets it when it happens.
  if (!isThere(timeOf(built))) built.timestamp_ms = getTimestampMillis();
  return built;
}

// Only what a variable says: silence is not made into a word.
function addConsent(built) {
  const state = copyOf(built.consent_state);
  if (isThere(data.adUserData)) state.ad_user_data = data.adUserData;
  if (isThere(data.adStorage)) state.ad_storage = data.adStorage;
  if (isThere(data.adUserData) || isThere(data.adStorage)) built.consent_state = state;
}

function addUserData(built) {
  const rows = (data.userData || []).filter((candidate) => isThere(candidate.value));
  if (rows.length === 0) return;
  const userData = copyOf(built.user_data);
  rows.forEach((given) => {
    const known = userData[given.field];
    userData[given.field] = isThere(known) ? [].concat(known, given.value) : given.value;
  });
  built.user_data = userData;
}

function hasMatchData(built) {
  const holders = [built.user_data, built.eventModel ? built.eventModel.user_data : undefined];
  return holders.some((userData) => getType(userData) === 'object' && JSON.stringify(userData) !== '{}');
}

/*
 * The id under which the event counts once. A purchase has its transaction_id, and is refused without: no id that is made
 * here would be the same as the shop's or the browser tag's. Other events have event_id, else one that is derived from the
 * visitor, the session, the name and what stays the same in a hit that comes twice. Never a random one: it would be new
 * each time, and count twice where nobody sees it. So what has none of these is refused, which the preview shows at once.
 */
function identify(built) {
  if (isThere(built.event_id) || isThere(commerceOf('transaction_id'))) return undefined;
  if (built.eventModel && isThere(built.eventModel.event_id)) return undefined;
  if (isPurchase) {
    return 'a purchase needs transaction_id, or event_id: without it, it counts twice';
  }
  const moment = momentOf();
  if (!isThere(eventData.client_id) || !moment) {
    return 'the event needs event_id, or client_id with a time or the page and number of a GA4 hit: without it, it counts twice';
  }
  const content = ['value', 'currency', 'items', 'search_term'].map((field) => commerceOf(field));
  const facts = [eventData.client_id, eventData.ga_session_id, eventName, moment, eventData.page_location, content];
  built.event_id = sha256Sync(JSON.stringify(facts), {outputEncoding: 'hex'});
  return undefined;
}

// The event's own time; else page load and number of the hit, which the browser made: a hit that comes twice has them twice.
function momentOf() {
  const time = timeOf(eventData);
  if (isThere(time)) return [time];
  const hit = [eventData['x-ga-page_id'], eventData['x-ga-request_count']];
  return hit.every(isThere) ? hit : undefined;
}

function timeOf(source) {
  return ['timestamp_ms', 'timestamp_micros', 'timestamp'].map((field) => source[field]).filter(isThere)[0];
}

function commerceOf(field) {
  const holders = [eventData.eventModel, eventData.ecommerce, eventData];
  return holders.map((holder) => (holder ? holder[field] : undefined)).filter(isThere)[0];
}

// A template cannot wait. So what fails for a passing cause is sent once more at once, as the same bytes.
function send(mayRetry) {
  const options = {
    method: 'POST',
    headers: {Authorization: 'Bearer ' + data.apiKey, 'Content-Type': 'application/json'},
    timeout: makeInteger(data.timeoutMs) || 3000,
  };
  sendHttpRequest(url, options, body).then(
    (answer) => settle(answer, mayRetry),
    (failure) => giveUpOr(mayRetry, 'no answer: ' + (failure && failure.reason ? failure.reason : 'failed'))
  );
}

function settle(answer, mayRetry) {
  const status = answer.statusCode;
  if (status === 202) {
    if (data.logAll) log('accepted', '202');
    data.gtmOnSuccess();
  } else if (status === 429 || status >= 500) {
    giveUpOr(mayRetry, status + reasonOf(answer.body));
  } else {
    // The same event would be answered the same.
    log('rejected', status + (reasonOf(answer.body) || ': not the answer of an intake, see its URL'));
    data.gtmOnFailure();
  }
}

function giveUpOr(mayRetry, why) {
  if (mayRetry) return send(false);
  log('lost', why);
  data.gtmOnFailure();
}

// The intake names fields and reasons, never values. What another server answers is not logged.
function reasonOf(text) {
  const answer = JSON.parse(text || '');
  if (getType(answer) !== 'object' || getType(answer.error) !== 'object') return '';
  const issues = getType(answer.rejected) === 'array' && answer.rejected[0] ? answer.rejected[0].issues : [];
  const reasons = issues.slice(0, 10).map((issue) => issue.path + ' ' + issue.message);
  return ': ' + [makeString(answer.error.code)].concat(reasons).join('; ');
}

function log(outcome, detail) {
  logToConsole(JSON.stringify({tag: 'amazon-capi-forwarder', event: eventName, outcome: outcome, detail: detail}));
}

function copyOf(value) {
  return getType(value) === 'object' ? JSON.parse(JSON.stringify(value)) : {};
}

function isThere(value) {
  return value !== undefined && value !== null && value !== '';
}


___SERVER_PERMISSIONS___

[
  {
    "instance": {
      "key": {
        "publicId": "read_event_data",
        "versionId": "1"
      },
      "param": [
        {
          "key": "eventDataAccess",
          "value": {
            "type": 1,
            "string": "any"
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "send_http",
        "versionId": "1"
      },
      "param": [
        {
          "key": "allowedUrls",
          "value": {
            "type": 1,
            "string": "any"
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "logging",
        "versionId": "1"
      },
      "param": [
        {
          "key": "environments",
          "value": {
            "type": 1,
            "string": "all"
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: a purchase goes out with its id, money, match data, consent and time
  code: |-
    run();
    assertThat(requests.length).isEqualTo(1);
    assertThat(requests[0].url).isEqualTo('https://capi.example.com/v1/events?source=ga4&account=shop%20one');
    assertThat(requests[0].options).isEqualTo({
      method: 'POST',
      headers: {Authorization: 'Bearer the-key', 'Content-Type': 'application/json'},
      timeout: 2000
    });
    assertThat(requests[0].event).isEqualTo({
      event_name: 'purchase',
      transaction_id: 'T-1001',
      value: 129.9,
      currency: 'EUR',
      items: [{item_id: 'A-1', quantity: 2}],
      user_data: {email_address: 'jane@example.com', address: {country: 'DE'}},
      'x-ga-gcd': '13t3t3t3t5l1',
      timestamp_ms: 1795700000000
    });
    assertApi('gtmOnSuccess').wasCalled();
    assertApi('gtmOnFailure').wasNotCalled();
    assertApi('logToConsole').wasNotCalled();
- name: a time of the event is kept
  code: |-
    event.timestamp_micros = 1795600000000000;
    run();
    assertThat(requests[0].event.timestamp_micros).isEqualTo(1795600000000000);
    assertThat(requests[0].event.timestamp_ms).isUndefined();
- name: neither IP address nor page, user agent or client id leave the container
  code: |-
    run();
    assertThat(requests[0].text).doesNotContain('203.0.113.7');
    assertThat(requests[0].text).doesNotContain('checkout');
    assertThat(requests[0].text).doesNotContain('Mozilla');
    assertThat(requests[0].text).doesNotContain('12.34');
- name: a purchase without an id is not sent
  code: |-
    event.transaction_id = '';
    run();
    assertApi('sendHttpRequest').wasNotCalled();
    assertApi('gtmOnFailure').wasCalled();
    assertThat(logged[0].outcome).isEqualTo('not_sent');
    assertThat(logged[0].detail).contains('transaction_id');
- name: a hit that comes twice has one id, whenever it comes
  code: |-
    becomeCartEvent();
    run();
    mock('getTimestampMillis', 1795700099999);
    run();
    assertThat(requests[0].event.event_id).hasLength(64);
    assertThat(requests[1].event.event_id).isEqualTo(requests[0].event.event_id);
    assertThat(requests[1].event.timestamp_ms).isEqualTo(1795700099999);
- name: two hits of a session have two ids, and so have two events of a hit
  code: |-
    becomeCartEvent();
    run();
    event['x-ga-request_count'] = 6;
    run();
    event.items = [{item_id: 'B-2'}];
    run();
    const ids = requests.map((request) => request.event.event_id);
    assertThat(ids[0]).isNotEqualTo(ids[1]);
    assertThat(ids[1]).isNotEqualTo(ids[2]);
- name: the id of the event, or of the tag, goes before one that is made
  code: |-
    becomeCartEvent();
    event.event_id = 'e-1';
    run();
    fields.eventId = 'from-variable';
    run();
    assertThat(requests[0].event.event_id).isEqualTo('e-1');
    assertThat(requests[1].event.event_id).isEqualTo('from-variable');
- name: an event that nothing identifies is not sent
  code: |-
    becomeCartEvent();
    event['x-ga-page_id'] = undefined;
    run();
    event['x-ga-page_id'] = 761826058;
    event.client_id = undefined;
    run();
    assertApi('sendHttpRequest').wasNotCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
    assertThat(logged.length).isEqualTo(2);
- name: an event that Amazon has no type for is passed over without a failure
  code: |-
    event.event_name = 'scroll';
    run();
    assertApi('sendHttpRequest').wasNotCalled();
    assertApi('gtmOnSuccess').wasCalled();
- name: an event without match data is passed over, a purchase is sent all the same
  code: |-
    event.user_data = {};
    fields.logAll = true;
    run();
    becomeCartEvent();
    run();
    assertThat(requests.length).isEqualTo(1);
    assertThat(requests[0].event.event_name).isEqualTo('purchase');
    assertApi('gtmOnFailure').wasNotCalled();
    assertThat(logged[1].outcome).isEqualTo('passed_over');
- name: with rows only their events are sent, each as the type that is given
  code: |-
    fields.events = [{eventName: 'quote_request', eventType: 'LEAD'}, {eventName: 'sign_up', eventType: ''}];
    run();
    event.event_name = 'quote_request';
    run();
    event.event_name = 'sign_up';
    run();
    assertThat(requests.map((request) => request.event.event_name)).isEqualTo(['quote_request', 'sign_up']);
    assertThat(requests[0].url).contains('&eventType=LEAD');
    assertThat(requests[1].url).doesNotContain('eventType');
- name: consent of variables goes before that of the event, and empty ones say nothing
  code: |-
    event.consent_state = {ad_storage: true, ad_user_data: true};
    fields.adUserData = 'denied';
    fields.adStorage = '';
    run();
    fields.adUserData = undefined;
    event.consent_state = undefined;
    event['x-ga-gcd'] = undefined;
    run();
    assertThat(requests[0].event.consent_state).isEqualTo({ad_storage: true, ad_user_data: 'denied'});
    assertThat(requests[1].event.consent_state).isUndefined();
- name: match data and country of variables go out beside those of the event
  code: |-
    fields.userData = [
      {field: 'email_address', value: 'other@example.com'},
      {field: 'phone_number', value: '+4930901820'},
      {field: 'city', value: ''}
    ];
    fields.countryCode = 'AT';
    run();
    assertThat(requests[0].event.country_code).isEqualTo('AT');
    assertThat(requests[0].event.user_data).isEqualTo({
      email_address: ['jane@example.com', 'other@example.com'],
      phone_number: '+4930901820',
      address: {country: 'DE'}
    });
- name: an event that the intake rejects is logged with the reason and not sent again
  code: |-
    answers = [{statusCode: 400, body: JSON.stringify({
      error: {code: 'NONE_ACCEPTED', message: 'no event is acceptable'},
      accepted: 0,
      rejected: [{index: 0, issues: [{path: 'currency', message: 'is required'}]}]
    })}];
    run();
    assertThat(requests.length).isEqualTo(1);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
    assertThat(logged[0]).isEqualTo({
      tag: 'amazon-capi-forwarder',
      event: 'purchase',
      outcome: 'rejected',
      detail: '400: NONE_ACCEPTED; currency is required'
    });
- name: 503 is tried once more with the same bytes, then reported as lost
  code: |-
    answers = [{statusCode: 503, body: '{"error":{"code":"QUEUE_UNAVAILABLE","message":"away"}}'}];
    run();
    assertThat(requests.length).isEqualTo(2);
    assertThat(requests[1].text).isEqualTo(requests[0].text);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
    assertThat(logged[0].outcome).isEqualTo('lost');
    assertThat(logged[0].detail).isEqualTo('503: QUEUE_UNAVAILABLE');
- name: an event that arrives at the second try is a success
  code: |-
    answers = [{reason: 'timed_out'}, {statusCode: 202, body: '{"accepted":1,"rejected":[]}'}];
    fields.logAll = true;
    run();
    assertThat(requests.length).isEqualTo(2);
    assertApi('gtmOnSuccess').wasCalled();
    assertApi('gtmOnFailure').wasNotCalled();
    assertThat(logged[0].outcome).isEqualTo('accepted');
- name: an intake that cannot be reached is a failure
  code: |-
    answers = [{reason: 'failed'}];
    run();
    assertThat(requests.length).isEqualTo(2);
    assertApi('gtmOnFailure').wasCalled();
    assertThat(logged[0].detail).isEqualTo('no answer: failed');
- name: a wrong key, or the address of something else, is a failure; no line holds the key or an answer of others
  code: |-
    answers = [{statusCode: 401, body: '{"error":{"code":"UNAUTHORIZED","message":"send a key"}}'}];
    run();
    answers = [{statusCode: 200, body: 'Welcome, jane@example.com'}];
    run();
    assertThat(requests.length).isEqualTo(2);
    assertApi('gtmOnSuccess').wasNotCalled();
    assertThat(logged[0].detail).isEqualTo('401: UNAUTHORIZED');
    assertThat(logged[1].detail).contains('not the answer of an intake');
    assertThat(JSON.stringify(logged)).doesNotContain('the-key');
    assertThat(JSON.stringify(logged)).doesNotContain('jane');
setup: |-
  const JSON = require('JSON');

  const event = {
    event_name: 'purchase',
    client_id: '12.34',
    ga_session_id: '1795699000',
    'x-ga-page_id': 761826058,
    'x-ga-request_count': 5,
    'x-ga-gcd': '13t3t3t3t5l1',
    transaction_id: 'T-1001',
    value: 129.9,
    currency: 'EUR',
    items: [{item_id: 'A-1', quantity: 2}],
    user_data: {email_address: 'jane@example.com', address: {country: 'DE'}},
    ip_override: '203.0.113.7',
    user_agent: 'Mozilla/5.0',
    page_location: 'https://shop.example/checkout/thanks'
  };
  const fields = {
    intakeUrl: 'https://capi.example.com/',
    account: 'shop one',
    apiKey: 'the-key',
    timeoutMs: '2000'
  };
  let answers = [{statusCode: 202, body: '{"accepted":1,"rejected":[]}'}];
  const requests = [];
  const logged = [];

  mock('getAllEventData', () => event);
  mock('getTimestampMillis', 1795700000000);
  mock('logToConsole', (line) => {
    logged.push(JSON.parse(line));
  });
  // The last answer is that of all further requests. It comes at once: a promise of the sandbox would come after the assertions.
  mock('sendHttpRequest', (url, options, body) => {
    requests.push({url: url, options: options, text: body, event: JSON.parse(body)});
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return {
      then: (onAnswer, onFailure) => {
        if (answer.reason) onFailure(answer);
        else onAnswer(answer);
      }
    };
  });

  function run() {
    runCode(fields);
  }

  function becomeCartEvent() {
    event.event_name = 'add_to_cart';
    event.transaction_id = undefined;
  }


___NOTES___

Part of amazon-capi-forwarder: docs/gtm-server.md says how to set it up and how to upgrade.
