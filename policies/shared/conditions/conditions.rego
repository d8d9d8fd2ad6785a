# METADATA
# title: Conditions of a permit
# description: |
#   Article 68(10)(h). The figures are the access body's policy (policies/data.json), not numbers of the law.
#   `stricter` raises the conditions of a permit that was issued under a laxer policy.
package shared.conditions

import data.shared.terms

proposed := {
	"profile": "standard",
	"k": data.limits.k.default,
	"rho": rho_proposed,
	"variance": data.limits.variance.default,
	"rounding": data.limits.rounding.default,
	"reviewers": data.limits.reviewers.standard,
	"analysisApproval": approval_proposed,
}

# 69(d): so many count tables at the default variance; one table costs S / (2V), S = 2 for one cell per person.
default rho_proposed := 0

rho_proposed := data.limits.rho.default if not input.content.plannedTables

rho_proposed := min([data.limits.rho.maximum, cost]) if {
	terms.at_least(input.content.plannedTables, 1)
	cost := input.content.plannedTables / data.limits.variance.default
}

default approval_proposed := "each"

approval_proposed := "proven" if {tool | some tool in input.content.tools} == {"sql"}

given := input.permit.conditions

reasons contains terms.reason(
	"policy-profile", "68(10)", "/conditions/profile",
	"The disclosure profile is unknown.",
	"Use standard, reviewed or cube.",
) if {
	not profile_known
}

profile_known if given.profile in terms.profiles

reasons contains terms.reason(
	"policy-k", "68(10)", "/conditions/k",
	"The least number of contributing persons, k, is below the minimum of the access body's policy or not a whole number.",
	concat("", ["Use k of at least ", format_int(data.limits.k.minimum, 10), "."]),
) if {
	not k_lawful
}

k_lawful if {
	terms.whole(given.k)
	terms.at_least(given.k, data.limits.k.minimum)
}

reasons contains terms.reason(
	"policy-rho", "68(10)", "/conditions/rho",
	"The privacy budget, rho, is not above zero and at most the maximum of the access body's policy.",
	"Lower rho, or ask with a larger variance.",
) if {
	not rho_lawful
}

rho_lawful if {
	terms.between(given.rho, 0, data.limits.rho.maximum)
	given.rho > 0
}

reasons contains terms.reason(
	"policy-variance", "68(10)", "/conditions/variance",
	"The noise variance of a count is below the minimum of the access body's policy.",
	concat("", ["Use a variance of at least ", format_int(data.limits.variance.minimum, 10), " persons squared."]),
) if {
	not variance_lawful
}

variance_lawful if terms.at_least(given.variance, data.limits.variance.minimum)

reasons contains terms.reason(
	"policy-rounding", "68(10)", "/conditions/rounding",
	"The rounding base is below the minimum of the access body's policy or not a whole number.",
	concat("", ["Round to a base of at least ", format_int(data.limits.rounding.minimum, 10), "."]),
) if {
	not rounding_lawful
}

rounding_lawful if {
	terms.whole(given.rounding)
	terms.at_least(given.rounding, data.limits.rounding.minimum)
}

reasons contains terms.reason(
	"policy-reviewers", "73(2)", "/conditions/reviewers",
	"The profile needs more output checkers than the conditions name.",
	"Name as many reviewers as policies/data.json asks for the profile.",
) if {
	not reviewers_lawful
}

reviewers_lawful if {
	terms.whole(given.reviewers)
	terms.at_least(given.reviewers, data.limits.reviewers[given.profile])
}

reasons contains terms.reason(
	"policy-analysis-approval", "73(2)", "/conditions/analysisApproval",
	"Analyses can be approved by proof only in the standard profile; in every other each needs the access body.",
	"Use each, or the standard profile.",
) if {
	not approval_lawful
}

approval_lawful if given.analysisApproval == "each"

approval_lawful if {
	given.analysisApproval == "proven"
	given.profile == "standard"
}

# Permits that are declared to be one share a meter and its budget.
reasons contains terms.reason(
	"policy-group", "68(10)", "/conditions/group",
	"The group of permits has no usable name, or its budget is not above zero and at most the maximum of the access body's policy.",
	"Name it in lower-case letters, digits and hyphens, with a budget within the policy.",
) if {
	not group_lawful
}

grouped if "group" in object.keys(given)

group_lawful if {
	is_object(given)
	not grouped
}

group_lawful if {
	group_shaped
	terms.between(given.group.budget, 0, data.limits.rho.maximum)
	given.group.budget > 0
}

group_shaped if {
	object.keys(given.group) == {"name", "budget"}
	regex.match(`^[a-z][a-z0-9-]{0,62}$`, given.group.name)
	is_number(given.group.budget)
}

# A cube answers the questions that the access body laid down, and no other profile has any.
reasons contains terms.reason(
	"policy-lattice", "68(10)", "/conditions/lattice",
	"A cube needs a lattice with a name and its questions, and only a cube has one.",
	"Name the cube and list the texts of its questions, or use another profile.",
) if {
	not lattice_usable
}

latticed if "lattice" in object.keys(given)

lattice_usable if {
	is_string(given.profile)
	given.profile != "cube"
	not latticed
}

lattice_usable if {
	given.profile == "cube"
	lattice_shaped
}

lattice_shaped if {
	object.keys(given.lattice) == {"name", "questions"}
	terms.text(given.lattice.name)
	terms.texts(given.lattice.questions)
}

# A permit without usable conditions binds nobody, so nothing may run under it.
unusable contains terms.reason(
	"policy-conditions", "68(10)", "/permit/conditions",
	"The permit has no usable conditions.",
	"Ask the access body to issue the permit anew.",
) if {
	not usable
}

usable if {
	given.profile in terms.profiles
	terms.whole(given.k)
	is_number(given.rho)
	is_number(given.variance)
	terms.whole(given.rounding)
	terms.whole(given.reviewers)
	given.analysisApproval in {"each", "proven"}
	group_usable
	lattice_usable
}

group_usable if {
	is_object(given)
	not grouped
}

group_usable if group_shaped

# What binds a run or release: the permit's conditions, never below today's policy.
default stricter := {}

stricter := object.union(object.union(own, group), lattice)

default lattice := {}

lattice := {"lattice": given.lattice} if lattice_shaped

default group := {}

group := {"group": {
	"name": given.group.name,
	"budget": min([given.group.budget, data.limits.rho.maximum]),
}} if {
	group_shaped
}

own := {
	"profile": given.profile,
	"k": max([given.k, data.limits.k.minimum]),
	"rho": min([given.rho, data.limits.rho.maximum]),
	"variance": variance,
	"rounding": max([given.rounding, data.limits.rounding.minimum]),
	"reviewers": max([given.reviewers, data.limits.reviewers[given.profile]]),
	"analysisApproval": given.analysisApproval,
}

variance := max([asked_variance, data.limits.variance.minimum])

asked_variance := input.analysis.variance

asked_variance := given.variance if not input.analysis
