/**
 * The street suffixes, units and directions of the US Postal Service, Publication 28 (appendix C1, section 213, appendix B): a
 * line for each, first the standard abbreviation, then the words and spellings that it replaces.
 *
 * Data only. There `key` is a suffix and a unit; the suffix's abbreviation is used.
 */

export const USPS_SUFFIXES = `
aly allee alley ally
anx anex annex annx
arc arcade
ave av aven avenu avenue avn avnue
bch beach
bg burg
bgs burgs
blf bluf bluff
blfs bluffs
blvd boul boulevard boulv
bnd bend
br brnch branch
brg brdge bridge
brk brook
brks brooks
btm bot bottm bottom
byp bypa bypas bypass byps
byu bayou bayoo
cir circ circl circle crcl crcle
cirs circles
clb club
clf cliff
clfs cliffs
cmn common
cmns commons
cor corner
cors corners
cp camp cmp
cpe cape
cres crescent crsent crsnt
crk creek
crse course
crst crest
cswy causeway causwa
ct court
ctr cen cent center centr centre cnter cntr
ctrs centers
cts courts
curv curve
cv cove
cvs coves
cyn canyn canyon cnyn
dl dale
dm dam
dr driv drive drv
drs drives
dv div divide dvd
est estate
ests estates
expy exp expr express expressway expw
ext extension extn extnsn
exts extensions
fall
fld field
flds fields
fls falls
flt flat
flts flats
frd ford
frds fords
frg forg forge
frgs forges
frk fork
frks forks
frst forest forests
fry ferry frry
ft fort frt
fwy freeway freewy frway frwy
gdn garden gardn grden grdn
gdns gardens grdns
gln glen
glns glens
grn green
grns greens
grv grov grove
grvs groves
gtwy gateway gatewy gatway gtway
hbr harb harbor harbr hrbor
hbrs harbors
hl hill
hls hills
holw hllw hollow hollows holws
hts heights ht
hvn haven
hwy highway highwy hiway hiwy hway
inlt inlet
is island islnd
isle isles
iss islands islnds
jct jction jctn junction junctn juncton
jcts jctns junctions
knl knol knoll
knls knolls
ky key
kys keys
land
lck lock
lcks locks
ldg ldge lodg lodge
lf loaf
lgt light
lgts lights
lk lake
lks lakes
ln lane
lndg landing lndng
loop loops
mall
mdw meadow
mdws meadows medows
mews
ml mill
mls mills
mnr manor
mnrs manors
msn missn mission mssn
mt mnt mount
mtn mntain mntn mountain mountin mtin
mtns mntns mountains
mtwy motorway
nck neck
opas overpass
orch orchard orchrd
oval ovl
park prk parks
pass
path paths
pike pikes
pkwy parkway parkwy pkway pky parkways pkwys
pl place
pln plain
plns plains
plz plaza plza
pne pine
pnes pines
pr prairie prr
prt port
prts ports
psge passage
pt point
pts points
radl rad radial radiel
ramp
rd road
rdg rdge ridge
rdgs ridges
rds roads
riv river rvr rivr
rnch ranch ranches rnchs
row
rpd rapid
rpds rapids
rst rest
rte route
rue
run
shl shoal
shls shoals
shr shoar shore
shrs shoars shores
skwy skyway
smt sumit sumitt summit
spg spng spring sprng
spgs spngs springs sprngs
spur spurs
sq sqr sqre squ square
sqs sqrs squares
st street strt str
sta station statn stn
stra strav straven stravenue stravn strvn strvnue
strm stream streme
sts streets
ter terr terrace
tpke trnpk turnpike turnpk
trak track tracks trk trks
trce trace traces
trfy trafficway
trl trail trails trls
trlr trailer trlrs
trwy throughway
tunl tunel tunls tunnel tunnels tunnl
un union
uns unions
upas underpass
via vdct viadct viaduct
vis vist vista vst vsta
vl ville
vlg vill villag village villg villiage
vlgs villages
vly valley vally vlly
vlys valleys
vw view
vws views
walk walks
wall
way wy
ways
wl well
wls wells
xing crossing crssng
xrd crossroad
xrds crossroads
`;

export const USPS_UNITS = `
apt apartment
bldg building
bsmt basement
dept department
fl floor
frnt front
hngr hanger hangar
lbby lobby
lot
lowr lower
ofc office
ph penthouse
pier
rear
rm room
side
slip
spc space
ste suite
stop
unit
uppr upper
`;

export const DIRECTIONS = `
n north
s south
e east
w west
ne northeast
nw northwest
se southeast
sw southwest
`;
