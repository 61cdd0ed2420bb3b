/**
 * Currencies: ISO 4217, from our own list. The list in Node.js is as old as Node.js itself: it has the Deutsche Mark, but not the
 * Caribbean guilder of 2025.
 */

// ISO 4217 without funds, metals and test codes; with codes withdrawn since 2016 that shops may still write.
const CODES =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD CDF ' +
  'CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD ' +
  'HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD ' +
  'MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN ' +
  'PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP ' +
  'TRY TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL';

export const CURRENCIES: ReadonlySet<string> = new Set(CODES.split(' '));

const WITH_THREE_DECIMALS: ReadonlySet<string> = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

/** Whether its amounts have three decimals, by ISO 4217. */
export function isOfThreeDecimals(code: string): boolean {
  return WITH_THREE_DECIMALS.has(code);
}

/** `BTC`, `RMB`, `USDT`: has the form of a code, but Amazon cannot know it. */
export function isCodeOfNoCurrency(text: string): boolean {
  const code = text.toUpperCase();
  return !CURRENCIES.has(code) && (/^[A-Z]{3}$/.test(code) || /^(USDT|USDC|DOGE|BUSD|WBTC|CNH[A-Z]?)$/.test(code));
}
