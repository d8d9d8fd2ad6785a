# A logistic risk score of one person (invented coefficients): age, sex, diabetes and the last systolic pressure.
#
# reads:  patient: sex, birth_date; condition: code; observation: code, value, effective_date
# fields: risk, decimal from 0 to 1 in steps of 0.001, otherwise null

person <- function(records) {
  patient <- records$patient
  if (length(patient$birth_date) == 0 || is.na(patient$birth_date)) return(list(risk = NA))
  age <- as.numeric(as.Date("2025-01-01") - as.Date(patient$birth_date)) / 365.25
  male <- identical(patient$sex, "male")
  diabetes <- any(grepl("^E1[0-4]", records$condition$code))
  tests <- records$observation
  used <- which(tests$code == "8480-6" & !is.na(tests$value) & !is.na(tests$effective_date)) # mm[Hg]
  last <- used[order(tests$effective_date[used], tests$value[used], decreasing = TRUE)][1]
  systolic <- if (is.na(last)) 130 else tests$value[last]
  list(risk = plogis(-9.1 + 0.068 * age + 0.47 * male + 0.62 * diabetes + 0.0155 * systolic))
}
