# The workload with its rules as data, indexed by directory and action: the form in which OPA is fastest.
package bench

default allow := false

allow if {
	applies("permit")
	not applies("forbid")
}

applies(effect) if {
	some directory in input.directories
	some rule in data.rules[effect][directory][input.action]
	input.tasks[rule.task]
	input.facts[rule.requires]
	not input.facts[rule.excludes]
}
