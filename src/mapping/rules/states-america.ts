/**
 * States of the Americas: a line for each, first the code that is hashed, then its names, the official one first.
 *
 * Data only. Codes are ISO 3166-2's. Mexico's have three letters there, so the two-letter codes of Amazon's server tag are used.
 * The names after them include the codes of ISO, Shopify and WooCommerce, except `CH` and `TB`, which WooCommerce and the tag
 * give to different states.
 */

export const UNITED_STATES = `
al alabama, ala
ak alaska
az arizona, ariz
ar arkansas, ark
ca california, calif, cal
co colorado, colo
ct connecticut, conn
de delaware
dc district of columbia, washington dc, washington d.c.
fl florida, fla
ga georgia
hi hawaii
id idaho
il illinois, ill
in indiana, ind
ia iowa
ks kansas, kans
ky kentucky
la louisiana
me maine
md maryland
ma massachusetts, mass
mi michigan, mich
mn minnesota, minn
ms mississippi, miss
mo missouri
mt montana, mont
ne nebraska, nebr, neb
nv nevada, nev
nh new hampshire
nj new jersey
nm new mexico, n mex
ny new york, new york state
nc north carolina
nd north dakota, n dak
oh ohio
ok oklahoma, okla
or oregon, oreg, ore
pa pennsylvania, penna, penn
ri rhode island
sc south carolina
sd south dakota, s dak
tn tennessee, tenn
tx texas, tex
ut utah
vt vermont
va virginia
wa washington, wash, washington state
wv west virginia, w va
wi wisconsin, wisc, wis
wy wyoming, wyo
as american samoa
gu guam
mp northern mariana islands
pr puerto rico
um united states minor outlying islands
vi virgin islands, u.s. virgin islands, us virgin islands, virgin islands us
aa armed forces americas
ae armed forces europe
ap armed forces pacific
`;

export const CANADA = `
ab alberta
bc british columbia, colombie-britannique
mb manitoba
nb new brunswick, nouveau-brunswick
nl newfoundland and labrador, newfoundland, terre-neuve-et-labrador, nf
nt northwest territories, territoires du nord-ouest
ns nova scotia, nouvelle-écosse
nu nunavut
on ontario
pe prince edward island, île-du-prince-édouard, pei
qc québec, pq
sk saskatchewan
yt yukon, yukon territory
`;

export const MEXICO = `
ag aguascalientes, agu, ags
bn baja california, baja california norte, bcn, bc
bs baja california sur, bcs
cp campeche, cam, camp, cm
cs chiapas, chp, chis
ci chihuahua, chh, chih
ch coahuila, coahuila de zaragoza, coa, coah, co
cl colima, col
df ciudad de méxico, distrito federal, cdmx, cmx, mexico city, mexico df
dg durango, dur, dgo
ge guerrero, gro, gr
gj guanajuato, gua, gto, gt
hd hidalgo, hid, hgo, hg
ja jalisco, jal
mx méxico, estado de méxico, edomex, mex, state of mexico
mc michoacán, michoacán de ocampo, mic, mich, mi
mo morelos, mor
na nayarit, nay
nl nuevo león, nle
oa oaxaca, oax
pu puebla, pue
qe querétaro, querétaro de arteaga, que, qro, qt
ql quintana roo, roo, q roo, qr
sl san luis potosí, slp
si sinaloa, sin
so sonora, son
ta tabasco, tab
tb tamaulipas, tam, tamps, tm
tl tlaxcala, tla, tlax
vc veracruz, veracruz de ignacio de la llave, ver, ve
yu yucatán, yuc
za zacatecas, zac
`;

export const BRAZIL = `
ac acre
al alagoas
am amazonas
ap amapá
ba bahia
ce ceará
df distrito federal, federal district, brasília
es espírito santo
go goiás
ma maranhão
mg minas gerais
ms mato grosso do sul
mt mato grosso
pa pará
pb paraíba
pe pernambuco
pi piauí
pr paraná
rj rio de janeiro
rn rio grande do norte
ro rondônia
rr roraima
rs rio grande do sul
sc santa catarina
se sergipe
sp são paulo
to tocantins
`;
