/**
 * Words of addresses that have one form each, whatever a customer typed: a line each, the form first, then what stands
 * for it. A word is replaced whole, never a part of one.
 *
 * Data only. English words hold in every country, as in Amazon's server tag; the US Postal Service's own list in the US alone;
 * the others in the country whose language they are. A spelling with a point or a slash (`c/`) means that spelling alone.
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
/** One letter that means a word only where the address begins with it: elsewhere it is a door or a staircase. */
export const FIRST_WORDS_OF: Readonly<Record<string, string>> = {
  ES: 'calle c\npasseig p',
  IT: 'via v',
  FR: 'rue r',
};
