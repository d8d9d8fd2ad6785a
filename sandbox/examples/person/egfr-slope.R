# Change of the estimated glomerular filtration rate, ml/min/1.73 m2 per year: CKD-EPI 2021 from creatinine, age and
# sex, and the slope of least squares over three measurements or more.
#
# reads:  patient: sex, birth_date; observation: code, value, effective_date
# fields: slope, decimal from -30 to 30 in steps of 0.01, otherwise null

egfr <- function(creatinine, age, female) {
  ratio <- creatinine / if (female) 0.7 else 0.9
  alpha <- if (female) -0.241 else -0.302
  142 * pmin(ratio, 1)^alpha * pmax(ratio, 1)^-1.2 * 0.9938^age * if (female) 1.012 else 1
}

person <- function(records) {
  patient <- records$patient
  if (length(patient$birth_date) == 0 || is.na(patient$birth_date)) return(list(slope = NA))
  tests <- records$observation
  used <- which(tests$code == "2160-0" & !is.na(tests$value) & !is.na(tests$effective_date)) # serum creatinine, mg/dL
  if (length(used) < 3) return(list(slope = NA))
  years <- as.numeric(as.Date(tests$effective_date[used]) - as.Date(patient$birth_date)) / 365.25
  rate <- egfr(tests$value[used], years, identical(patient$sex, "female"))
  x <- years - mean(years)
  if (sum(x^2) == 0) return(list(slope = NA))
  list(slope = sum(x * (rate - mean(rate))) / sum(x^2))
}
