/*
 * A logistic risk score of one person (invented coefficients): age, sex, diabetes and the last systolic pressure.
 *
 * reads:  patient: sex, birth_date; condition: code; observation: code, value, effective_date
 * fields: risk, decimal from 0 to 1 in steps of 0.001, otherwise null
 */
const today = '2025-01-01'
const systolicPressure = '8480-6' // mm[Hg]

const days = (from, to) => (Date.parse(to) - Date.parse(from)) / 86400000
const later = (a, b) =>
  b.effective_date > a.effective_date ||
  (b.effective_date === a.effective_date && b.value > a.value)
    ? b
    : a

function person({ patient: [patient], condition, observation }) {
  if (patient === undefined || patient.birth_date === null) return { risk: null }
  const age = days(patient.birth_date, today) / 365.25
  const male = patient.sex === 'male' ? 1 : 0
  const diabetes = condition.some(({ code }) => code !== null && /^E1[0-4]/.test(code)) ? 1 : 0
  const pressures = observation.filter(
    (it) => it.code === systolicPressure && it.value !== null && it.effective_date !== null,
  )
  const systolic = pressures.length === 0 ? 130 : pressures.reduce(later).value
  const logit = -9.1 + 0.068 * age + 0.47 * male + 0.62 * diabetes + 0.0155 * systolic
  return { risk: 1 / (1 + Math.exp(-logit)) }
}
