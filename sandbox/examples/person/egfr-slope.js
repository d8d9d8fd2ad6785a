/*
 * Change of the estimated glomerular filtration rate, ml/min/1.73 m2 per year: CKD-EPI 2021 from creatinine, age and
 * sex, and the slope of least squares over three measurements or more.
 *
 * reads:  patient: sex, birth_date; observation: code, value, effective_date
 * fields: slope, decimal from -30 to 30 in steps of 0.01, otherwise null
 */
const creatinine = '2160-0' // serum, mg/dL

function egfr(value, age, female) {
  const [kappa, alpha] = female ? [0.7, -0.241] : [0.9, -0.302]
  const ratio = value / kappa
  const rate = 142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** age
  return female ? rate * 1.012 : rate
}

const mean = (numbers) => numbers.reduce((sum, it) => sum + it, 0) / numbers.length
const days = (from, to) => (Date.parse(to) - Date.parse(from)) / 86400000

function person({ patient: [patient], observation }) {
  if (patient === undefined || patient.birth_date === null) return { slope: null }
  const points = observation
    .filter((it) => it.code === creatinine && it.value !== null && it.effective_date !== null)
    .map(({ value, effective_date }) => {
      const years = days(patient.birth_date, effective_date) / 365.25
      return { x: years, y: egfr(value, years, patient.sex === 'female') }
    })
  if (points.length < 3) return { slope: null }
  const [x0, y0] = [mean(points.map((it) => it.x)), mean(points.map((it) => it.y))]
  const spread = points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0)
  const joint = points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0)
  return { slope: spread === 0 ? null : joint / spread }
}
