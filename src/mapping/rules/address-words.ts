/**
 * Words of addresses that get one form each, however the customer typed them: a line for each, first the form, then the words
 * that it replaces. Only a whole word is replaced, never a part of one.
 *
 * Data only. English words apply in every country, as in Amazon's server tag; the US Postal Service's own list only in the US;
 * the others in the country of their language. A spelling with a point or a slash (`c/`) means only that spelling.
 */
import { DIRECTIONS, USPS_SUFFIXES, USPS_UNITS } from './usps-words.js';

/** What Amazon's server tag shortens everywhere. */
const ENGLISH = `
ave avenue
blvd boulevard
cir circle
cirs circles
ct court
ctr centre center
dr drive
fwy freeway frwy
hwy highway
ln lane
park parks
pkwy parkway parkways parkwy pkway pkwys pky
pl place
plz plaza plza
rd road
sq square squ sqr
st street str
number numero no num
`;

const SPANISH = `
calle c/ cl cll carrer
avenida av avd avda avgda avinguda
passeig paseo pg po ps pso p/
plz pl pza placa
ctra carretera
camino cno cmno
ronda rda
travesia trva trav
urbanizacion urb
`;

const ITALIAN = `
via v. v/
viale vle v.le
piazza pzza pza p.za p.zza
piazzale ple ple. p.le pzzle
corso cso c.so
largo lgo l.go
vicolo vic
strada str
`;

const FRENCH = `
avenue ave av
boulevard blvd bd bld boul bvd
allee all
rte route
impasse imp
chemin che chem
faubourg fg fbg
`;

export const WORDS_EVERYWHERE: readonly string[] = [ENGLISH, DIRECTIONS];
export const WORDS_OF: Readonly<Record<string, readonly string[]>> = {
  US: [USPS_UNITS, USPS_SUFFIXES],
  ES: [SPANISH],
  IT: [ITALIAN],
  FR: [FRENCH],
};
/** A single letter that is a word only at the beginning of the address: elsewhere it is a door or a staircase. */
export const FIRST_WORDS_OF: Readonly<Record<string, string>> = {
  ES: 'calle c\npasseig p',
  IT: 'via v',
  FR: 'rue r',
};
