# Everything that is built or downloaded lives outside the checkout, under CACHE.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/connection-operator
CARGO_TARGET_DIR ?= $(CACHE)/target
DIST ?= dist
export CACHE CARGO_TARGET_DIR

WITH_ENV = eval "$$(sh tests/setup/env.sh)" &&

.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz image dist trial setup env generate lint fmt

help: ## Show this list
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | sed 's/\$$\$$/$$/' | expand -t 18
	@echo
	@echo "  Caches: $(CACHE) (CACHE=…), $(CARGO_TARGET_DIR) (CARGO_TARGET_DIR=…)."
	@echo "  KUBEBUILDER_ASSETS=… names a folder with etcd, kube-apiserver and kubectl to use as they are."

demo: ## Run the operator against a real API server until Ctrl-C; ONCE=1 ends after the first renewal
	@sh tests/setup/setup.sh demo
	@$(WITH_ENV) cargo build --workspace --bins --example demo && exec cargo run -q --example demo -- $(if $(ONCE),--once)

test: ## Set up, then run every check and every test
	@sh tests/setup/setup.sh test
	@exec sh tests/setup/test.sh

bench: ## Measure the operator with 1,000 Connections against a real API server
	@sh tests/setup/setup.sh demo
	@$(WITH_ENV) cargo build --release --workspace --bins --example bench && exec cargo run -q --release --example bench

fuzz: ## Fuzz the readers of strangers' bytes; FUZZ_SECONDS=… for each target
	@exec cargo test --test fuzz -- --nocapture

image: ## Build the container image, and start it where the machine allows that
	@sh tests/release/image.sh $(DIST)

dist: ## Make everything that a release holds, in dist/ (DIST=…)
	@sh tests/release/dist.sh $(DIST)

trial: ## Make a release in a folder that goes away, and try what is in it
	@sh tests/release/trial.sh

setup: ## Install or build what the tests need, and nothing else
	@sh tests/setup/setup.sh test

env: ## Print the environment of the tests, for: eval "$$(make -s env)"
	@sh tests/setup/env.sh

generate: ## Write the manifests in crds/ and charts/ from the Rust types and the chart
	@sh tests/setup/generate.sh

lint: ## Lint the workspace
	@cargo clippy --workspace --all-targets -- -D warnings

fmt: ## Format the code
	@cargo fmt --all
