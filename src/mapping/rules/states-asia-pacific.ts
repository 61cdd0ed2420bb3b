/**
 * States of Australia, India, Japan and the Emirates, and provinces of South Africa: a line for each, first the code that is
 * hashed (ISO 3166-2), then its names.
 *
 * Data only. Amazon's server tag has no table for them and cuts the name to two letters, so that New South Wales becomes
 * Nebraska.
 */

export const AUSTRALIA = `
act australian capital territory, canberra
nsw new south wales
nt northern territory
qld queensland
sa south australia
tas tasmania
vic victoria
wa western australia
`;

export const INDIA = `
an andaman and nicobar islands, andaman & nicobar
ap andhra pradesh
ar arunachal pradesh
as assam
br bihar
cg chhattisgarh, chattisgarh, ct
ch chandigarh
dh dadra and nagar haveli and daman and diu, dadra and nagar haveli, daman and diu, dn, dd
dl delhi, new delhi, national capital territory of delhi
ga goa
gj gujarat
hp himachal pradesh
hr haryana
jh jharkhand
jk jammu and kashmir, jammu & kashmir
ka karnataka
kl kerala
la ladakh
ld lakshadweep
mh maharashtra
ml meghalaya
mn manipur
mp madhya pradesh
mz mizoram
nl nagaland
od odisha, orissa, or
pb punjab
py puducherry, pondicherry
rj rajasthan
sk sikkim
tn tamil nadu
tr tripura
ts telangana, tg
uk uttarakhand, uttaranchal, ut
up uttar pradesh
wb west bengal
`;

export const JAPAN = `
01 hokkaido, 北海道
02 aomori, 青森
03 iwate, 岩手
04 miyagi, 宮城
05 akita, 秋田
06 yamagata, 山形
07 fukushima, 福島
08 ibaraki, 茨城
09 tochigi, 栃木
10 gunma, 群馬
11 saitama, 埼玉
12 chiba, 千葉
13 tokyo, 東京
14 kanagawa, 神奈川
15 niigata, 新潟
16 toyama, 富山
17 ishikawa, 石川
18 fukui, 福井
19 yamanashi, 山梨
20 nagano, 長野
21 gifu, 岐阜
22 shizuoka, 静岡
23 aichi, 愛知
24 mie, 三重
25 shiga, 滋賀
26 kyoto, 京都
27 osaka, 大阪
28 hyogo, 兵庫
29 nara, 奈良
30 wakayama, 和歌山
31 tottori, 鳥取
32 shimane, 島根
33 okayama, 岡山
34 hiroshima, 広島
35 yamaguchi, 山口
36 tokushima, 徳島
37 kagawa, 香川
38 ehime, 愛媛
39 kochi, 高知
40 fukuoka, 福岡
41 saga, 佐賀
42 nagasaki, 長崎
43 kumamoto, 熊本
44 oita, 大分
45 miyazaki, 宮崎
46 kagoshima, 鹿児島
47 okinawa, 沖縄
`;

export const EMIRATES = `
aj ajman, عجمان
az abu dhabi, abu zaby, أبوظبي, أبو ظبي
du dubai, dubayy, دبي
fu fujairah, al fujayrah, الفجيرة
rk ras al khaimah, ras al khaymah, ras al-khaimah, رأس الخيمة
sh sharjah, ash shariqah, الشارقة
uq umm al quwain, umm al qaywayn, umm al-quwain, أم القيوين
`;

export const SOUTH_AFRICA = `
ec eastern cape
fs free state
gp gauteng, gt
kzn kwazulu-natal, nl
lp limpopo
mp mpumalanga
nc northern cape
nw north west
wc western cape
`;
