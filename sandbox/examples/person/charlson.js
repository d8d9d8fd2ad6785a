/*
 * Charlson comorbidity index of one person: ICD-10 coding of Quan et al. 2005, weights of Charlson 1987.
 *
 * reads:  condition: code
 * fields: charlson, integer from 0 to 29, otherwise 0
 */
const mildAndSevere = [
  // liver
  [
    [/^(K70\.[01239]|K71\.[3457]|K7[34]|K76\.[023489]|B18|Z94\.4)/, 1],
    [/^(I85\.[09]|I86\.4|I98\.2|K70\.4|K71\.1|K72\.[19]|K76\.[567])/, 3],
  ],
  // diabetes
  [
    [/^E1[0-4]\.[01689]/, 1],
    [/^E1[0-4]\.[23457]/, 2],
  ],
  // cancer
  [
    [/^C([01]|2[0-6]|3[0-4789]|4[0135-9]|5[0-8]|6|7[0-6]|8[1-58]|9[0-7])/, 2],
    [/^C(7[789]|80)/, 6],
  ],
]
const single = [
  [/^(I21|I22|I25\.2)/, 1], // myocardial infarction
  [/^(I09\.9|I11\.0|I13\.[02]|I25\.5|I42\.[05-9]|I43|I50|P29\.0)/, 1], // heart failure
  [/^(I70|I71|I73\.[189]|I77\.1|I79\.[02]|K55\.[189]|Z95\.[89])/, 1], // peripheral vascular disease
  [/^(G45|G46|H34\.0|I6)/, 1], // cerebrovascular disease
  [/^(F0[0-3]|F05\.1|G30|G31\.1)/, 1], // dementia
  [/^(I27\.[89]|J4[0-7]|J6[0-7]|J68\.4|J70\.[13])/, 1], // chronic pulmonary disease
  [/^(M0[56]|M31\.5|M3[234]|M35\.[13]|M36\.0)/, 1], // rheumatic disease
  [/^K2[5-8]/, 1], // peptic ulcer disease
  [/^(G04\.1|G11\.4|G80\.[12]|G8[12]|G83\.[012349])/, 2], // hemiplegia or paraplegia
  [/^(I12\.0|I13\.1|N0[35]\.[2-7]|N1[89]|N25\.0|Z49\.[012]|Z94\.0|Z99\.2)/, 2], // renal disease
  [/^B2[0124]/, 6], // AIDS
]

function person({ condition }) {
  const has = ([pattern]) => condition.some(({ code }) => code !== null && pattern.test(code))
  const weigh = (found) => (found === undefined ? 0 : found[1])
  const alone = single.filter(has).reduce((sum, [, weight]) => sum + weight, 0)
  const graded = mildAndSevere.map(([mild, severe]) => weigh([severe, mild].find(has)))
  return { charlson: graded.reduce((sum, weight) => sum + weight, alone) }
}
