# The project's longer jobs. Building and testing is cargo's; scripts/setup.sh installs what that needs.

.PHONY: test bench digits

test:
	scripts/test.sh

digits:
	scripts/digits.sh

# The table of README's "Speed": tsaot beside its peers. ARGS="resnet18 --threads 1" for less.
bench:
	scripts/bench.sh $(ARGS)
