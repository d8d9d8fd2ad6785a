# METADATA
# title: Terms that every decision shares
# description: |
#   A decision collects reasons and allows when there is none. Every reason is guarded by `not <what must hold>`,
#   so an absent or mistyped field is a reason too, and nothing is allowed by being undefined.
#   What must hold is always a rule of its own: an argument inside `not` is evaluated before the negation, and when it
#   is undefined the whole rule is, so `not text(input.x)` would let an absent x pass.
package shared.terms

# The document that every decision answers. Reasons are sorted, so that two evaluations print the same bytes.
decision(reasons, obligations) := {
	"allow": count(reasons) == 0,
	"reasons": sort(reasons),
	"obligations": obligations,
}

reason(rule, article, place, message, fix) := {
	"rule": rule,
	"article": article,
	"place": place,
	"message": message,
	"fix": fix,
}

roles := {"data-holder", "data-user", "access-body", "output-checker", "auditor", "gateway"}

profiles := {"standard", "reviewed", "cube"}

# In what a question is asked, and in what a script may be written that makes the table of the question.
languages := {"sql"}

script_languages := {"python", "r", "javascript"}

# What the environment offers today, 67(2)(i).
tools := languages | script_languages

# Article 53(1); 53(2) keeps the first three for public bodies.
purposes := {
	"public-health": {"article": "53(1)(a)", "publicBodiesOnly": true},
	"policy-making": {"article": "53(1)(b)", "publicBodiesOnly": true},
	"official-statistics": {"article": "53(1)(c)", "publicBodiesOnly": true},
	"education": {"article": "53(1)(d)", "publicBodiesOnly": false},
	"scientific-research": {"article": "53(1)(e)", "publicBodiesOnly": false},
	"improving-care": {"article": "53(1)(f)", "publicBodiesOnly": false},
}

# Article 54.
prohibited := {
	"detrimental-decision": {"article": "54(a)", "rule": "ehds-54-a", "what": "decisions detrimental to a person or a group"},
	"employment-or-insurance": {"article": "54(b)", "rule": "ehds-54-b", "what": "decisions on job offers, insurance, credit or premiums"},
	"advertising": {"article": "54(c)", "rule": "ehds-54-c", "what": "advertising or marketing"},
	"harmful-products": {"article": "54(d)", "rule": "ehds-54-d", "what": "harmful products or services"},
	"against-national-ethics": {"article": "54(e)", "rule": "ehds-54-e", "what": "activities in conflict with national ethical provisions"},
}

# Terms are ordered across types in Rego ("x" >= 10 holds), so a comparison proves nothing before its type.
# Not empty, and nothing in it but texts: what a message names must be a text, or the message is undefined.
texts(list) if {
	is_array(list)
	count(list) > 0
	every it in list {
		text(it)
	}
}

text(x) if {
	is_string(x)
	trim_space(x) != ""
}

whole(x) if {
	is_number(x)
	x == floor(x)
}

between(x, low, high) if {
	is_number(x)
	is_number(low)
	is_number(high)
	x >= low
	x <= high
}

at_least(x, low) if {
	is_number(x)
	is_number(low)
	x >= low
}

day(x) if regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`, x)

# Exactly what Date.toISOString prints: one form, so that order in time is order of the text.
instant(x) if regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$`, x)

# The time of the decision, in that form.
clock if instant(input.now)

digest(x) if regex.match(`^[0-9a-f]{64}$`, x)

# An instant as whole months and the rest, for "at most so many months after".
month(x) := (to_number(substring(x, 0, 4)) * 12) + to_number(substring(x, 5, 2))

within_months(from, to, months) if {
	instant(from)
	instant(to)
	whole(months)
	month(to) < month(from) + months
}

within_months(from, to, months) if {
	instant(from)
	instant(to)
	whole(months)
	month(to) == month(from) + months
	substring(to, 7, -1) <= substring(from, 7, -1)
}

# Who asks: a known role held by an identifiable person of a named organisation (73(1)(a), 55(3)).
acts_as(role) if {
	input.actor.role == role
	role in roles
	text(input.actor.subject)
	text(input.actor.organisation)
}

acts_as_one_of(some_roles) if {
	some role in some_roles
	acts_as(role)
}

role_reason(needed) := reason(
	"ehds-55-3-role", "55(3)", "/actor/role",
	concat("", ["This step belongs to another function; it needs the role ", needed, "."]),
	concat("", ["Ask somebody who holds the role ", needed, "; nobody holds two."]),
)

step_reason := reason(
	"unknown-step", "68(1)", "/step",
	"The step is not one that this decision knows, so no rule allows it.",
	"Use a step named in policies/README.md.",
)

figures_reason := reason(
	"unknown-figures", "68(10)", "/limits",
	"The figures of the access body's policy are absent, so nothing can be judged by them.",
	"Restore policies/data.json and run npm run policy:build.",
)

# A figure that a message names would, when absent, take the message and its reason with it: they are all here, or none.
figures if {
	numbers := [
		data.limits.k.minimum,
		data.limits.k.default,
		data.limits.rho.maximum,
		data.limits.rho.default,
		data.limits.variance.minimum,
		data.limits.variance.default,
		data.limits.rounding.minimum,
		data.limits.rounding.default,
		data.limits.reviewers.standard,
		data.limits.reviewers.reviewed,
		data.limits.reviewers.cube,
		data.limits.airlock.reviewDays,
		data.limits.airlock.sampleOneIn,
		data.limits.airlock.sampleReviewers,
		data.limits.durationMonths.maximum,
	]
	every number in numbers {
		is_number(number)
	}
}

clock_reason := reason(
	"unknown-time", "68(12)", "/now",
	"The time of the decision is absent or not an ISO instant in UTC.",
	"Restart the gateway with a working clock.",
)
