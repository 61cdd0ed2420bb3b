/**
 * Provinces and regions of Italy: a line for each, first the code that is hashed, then its names, the Italian one first.
 *
 * Data only. Codes are ISO 3166-2's; provinces of Sardinia that were abolished in 2016 keep their old ones.
 */

export const ITALY = `
ag agrigento
al alessandria
an ancona
ao aosta, valle d'aosta, aosta valley, 23
ap ascoli piceno
aq l'aquila
ar arezzo
at asti
av avellino
ba bari
bg bergamo
bi biella
bl belluno
bn benevento
bo bologna
br brindisi
bs brescia
bt barletta-andria-trani
bz bolzano, bozen, alto adige, südtirol, south tyrol
ca cagliari
cb campobasso
ce caserta
ch chieti
ci carbonia-iglesias
cl caltanissetta
cn cuneo
co como
cr cremona
cs cosenza
ct catania
cz catanzaro
en enna
fc forlì-cesena
fe ferrara
fg foggia
fi firenze, florence
fm fermo
fr frosinone
ge genova, genoa
go gorizia
gr grosseto
im imperia
is isernia
kr crotone
lc lecco
le lecce
li livorno, leghorn
lo lodi
lt latina
lu lucca
mb monza e brianza, monza e della brianza, monza and brianza, monza
mc macerata
me messina
mi milano, milan
mn mantova, mantua
mo modena
ms massa-carrara
mt matera
na napoli, naples
no novara
nu nuoro
og ogliastra
or oristano
ot olbia-tempio
pa palermo
pc piacenza
pd padova, padua
pe pescara
pg perugia
pi pisa
pn pordenone
po prato
pr parma
pt pistoia
pu pesaro e urbino, pesaro and urbino
pv pavia
pz potenza
ra ravenna
rc reggio calabria, reggio di calabria
re reggio emilia, reggio nell'emilia
rg ragusa
ri rieti
rm roma, rome
rn rimini
ro rovigo
sa salerno
si siena
so sondrio
sp la spezia
sr siracusa, syracuse
ss sassari
su sud sardegna, south sardinia
sv savona
ta taranto
te teramo
tn trento
to torino, turin
tp trapani
tr terni
ts trieste
tv treviso
ud udine
va varese
vb verbano-cusio-ossola
vc vercelli
ve venezia, venice
vi vicenza
vr verona
vs medio campidano
vt viterbo
vv vibo valentia
21 piemonte, piedmont
25 lombardia, lombardy
32 trentino-alto adige, trentino-alto adige/südtirol
34 veneto
36 friuli venezia giulia
42 liguria
45 emilia-romagna
52 toscana, tuscany
55 umbria
57 marche
62 lazio
65 abruzzo
67 molise
72 campania
75 puglia, apulia
77 basilicata
78 calabria
82 sicilia, sicily
88 sardegna, sardinia
`;
