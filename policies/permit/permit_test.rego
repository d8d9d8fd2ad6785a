package permit_test

import data.permit

# The cases are data (cases.json), because the committed wasm answers the same ones under Node.
test_case[name] if {
	some it in data.permit.cases
	name := it.name
	decision := permit.decision with input as json.patch(data.permit.inputs[it.from], it.patch)
	decision.allow == it.allow
	{reason.rule | some reason in decision.reasons} == {rule | some rule in it.rules}
	object.get(it, "obligations", decision.obligations) == decision.obligations
}

test_no_input_is_refused if {
	decision := permit.decision with input as {}
	not decision.allow
}
