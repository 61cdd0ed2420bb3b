/**
 * Provinces of Turkey: a line for each, first the code that is hashed (ISO 3166-2, the number on car plates), then its names.
 *
 * Data only.
 */

export const TURKEY = `
01 adana
02 adıyaman
03 afyonkarahisar, afyon
04 ağrı
05 amasya
06 ankara
07 antalya
08 artvin
09 aydın
10 balıkesir
11 bilecik
12 bingöl
13 bitlis
14 bolu
15 burdur
16 bursa
17 çanakkale
18 çankırı
19 çorum
20 denizli
21 diyarbakır
22 edirne
23 elazığ
24 erzincan
25 erzurum
26 eskişehir
27 gaziantep, antep
28 giresun
29 gümüşhane
30 hakkâri
31 hatay, antakya
32 isparta
33 mersin, içel
34 istanbul
35 izmir
36 kars
37 kastamonu
38 kayseri
39 kırklareli
40 kırşehir
41 kocaeli, izmit
42 konya
43 kütahya
44 malatya
45 manisa
46 kahramanmaraş, maraş
47 mardin
48 muğla
49 muş
50 nevşehir
51 niğde
52 ordu
53 rize
54 sakarya, adapazarı
55 samsun
56 siirt
57 sinop
58 sivas
59 tekirdağ
60 tokat
61 trabzon
62 tunceli, dersim
63 şanlıurfa, urfa
64 uşak
65 van
66 yozgat
67 zonguldak
68 aksaray
69 bayburt
70 karaman
71 kırıkkale
72 batman
73 şırnak
74 bartın
75 ardahan
76 iğdır, ığdır
77 yalova
78 karabük
79 kilis
80 osmaniye
81 düzce
`;
