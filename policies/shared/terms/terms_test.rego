package shared.terms_test

import data.shared.terms

from := "2026-01-31T10:00:00.000Z"

test_a_month_ends_at_the_same_day_and_time if {
	terms.within_months(from, "2026-01-31T10:00:00.001Z", 1)
	terms.within_months(from, "2026-02-28T23:59:59.999Z", 1)
	not terms.within_months(from, "2026-03-01T00:00:00.000Z", 1)
	not terms.within_months(from, "2027-02-01T00:00:00.000Z", 1)
	not terms.within_months(from, "2026-02-01T00:00:00Z", 1)
}

test_a_text_is_not_blank if {
	terms.text("x")
	not terms.text(" ")
	not terms.text(1)
}

test_types_are_compared_before_values if {
	not terms.at_least("many", 10)
	not terms.at_least(true, 10)
	not terms.between(5, 1, "many")
}
