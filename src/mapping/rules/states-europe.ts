/**
 * States, provinces and regions of Europe: a line for each, first the code that is hashed, then its names, the official one
 * first.
 *
 * Data only. Codes are ISO 3166-2's, except for the regions of France. Regions that did not change in 2016, and those that were
 * merged then, have the two letters of Amazon's server tag; the new ones have ISO's three letters, because there are no two.
 */

export const GERMANY = `
bw baden-württemberg
by bayern, bavaria, freistaat bayern
be berlin
bb brandenburg
hb bremen, freie hansestadt bremen
hh hamburg, freie und hansestadt hamburg
he hessen, hesse
mv mecklenburg-vorpommern, mecklenburg-western pomerania
ni niedersachsen, lower saxony
nw nordrhein-westfalen, north rhine-westphalia, nrw
rp rheinland-pfalz, rhineland-palatinate
sl saarland
sn sachsen, saxony, freistaat sachsen
st sachsen-anhalt, saxony-anhalt
sh schleswig-holstein
th thüringen, thuringia, freistaat thüringen
`;

export const FRANCE = `
bt bretagne, brittany, bre
ce corse, corsica, cor, 20r
cn centre, centre-val de loire, cvl
if île-de-france, idf, ile de france
pl pays de la loire, pdl
pr provence-alpes-côte d'azur, paca, pac
aa alsace, 6ae
aq aquitaine
au auvergne
bg bourgogne, burgundy
bn basse-normandie, lower normandy
cg champagne-ardenne
fc franche-comté
ht haute-normandie, upper normandy
le lorraine
lm limousin
lu languedoc-roussillon
mp midi-pyrénées
np nord-pas-de-calais
pi picardie, picardy
pt poitou-charentes
ra rhône-alpes
ara auvergne-rhône-alpes
bfc bourgogne-franche-comté
ges grand est
hdf hauts-de-france
naq nouvelle-aquitaine
nor normandie, normandy
occ occitanie
`;

export const NETHERLANDS = `
dr drenthe
fl flevoland
fr friesland, fryslân
ge gelderland
gr groningen
li limburg
nb noord-brabant, north brabant
nh noord-holland, north holland
ov overijssel
ut utrecht
ze zeeland, zealand
zh zuid-holland, south holland
`;

export const SPAIN = `
a alicante, alacant
ab albacete
al almería
av ávila
b barcelona
ba badajoz
bi bizkaia, vizcaya, biscay
bu burgos
c a coruña, la coruña, coruña
ca cádiz
cc cáceres
ce ceuta
co córdoba
cr ciudad real
cs castellón, castelló, castellón de la plana
cu cuenca
gc las palmas
gi girona, gerona
gr granada
gu guadalajara
h huelva
hu huesca
j jaén
l lleida, lérida
le león
lo la rioja, logroño, ri
lu lugo
m madrid, comunidad de madrid, md
ma málaga
ml melilla
mu murcia, región de murcia, mc
na navarra, navarre, nafarroa, comunidad foral de navarra, nc
o asturias, oviedo, principado de asturias, as
or ourense, orense
p palencia
pm illes balears, islas baleares, baleares, balears, balearic islands, ib
po pontevedra
s cantabria, santander, cb
sa salamanca
se sevilla, seville
sg segovia
so soria
ss gipuzkoa, guipúzcoa
t tarragona
te teruel
tf santa cruz de tenerife, tenerife
to toledo
v valencia, valència
va valladolid
vi álava, araba, araba/álava
z zaragoza, saragossa
za zamora
an andalucía, andalusia
ar aragón, aragon
cl castilla y león, castile and león
cm castilla-la mancha, castile-la mancha
cn canarias, canary islands, islas canarias
ct cataluña, catalunya, catalonia
ex extremadura
ga galicia
pv país vasco, euskadi, basque country
vc comunidad valenciana, comunitat valenciana, valencian community
`;
