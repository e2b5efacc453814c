# All build output and downloads are stored outside the checkout, in CACHE.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/connection-operator
CARGO_TARGET_DIR ?= $(CACHE)/target
DIST ?= dist
export CACHE CARGO_TARGET_DIR

WITH_ENV = eval "$$(sh tests/setup/env.sh)" &&

.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz image dist trial setup env generate lint fmt

help: ## Show this help
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | sed 's/\$$\$$/$$/' | expand -t 18
	@echo
	@echo "  Caches: $(CACHE) (CACHE=…), $(CARGO_TARGET_DIR) (CARGO_TARGET_DIR=…)."
	@echo "  KUBEBUILDER_ASSETS=… sets a folder with existing etcd, kube-apiserver and kubectl binaries."

demo: ## Run the operator against a real API server until Ctrl-C; ONCE=1 exits after the first renewal
	@sh tests/setup/setup.sh demo
	@$(WITH_ENV) cargo build --workspace --bins --example demo && exec cargo run -q --example demo -- $(if $(ONCE),--once)

test: ## Install the prerequisites, then run all checks and tests
	@sh tests/setup/setup.sh test
	@exec sh tests/setup/test.sh

bench: ## Measure the operator with 1,000 Connections against a real API server
	@sh tests/setup/setup.sh demo
	@$(WITH_ENV) cargo build --release --workspace --bins --example bench && exec cargo run -q --release --example bench

fuzz: ## Fuzz the parsers of untrusted input; FUZZ_SECONDS=… sets the time per target
	@exec cargo test --test fuzz -- --nocapture

image: ## Build the container image, and start it if the machine can run containers
	@sh tests/release/image.sh $(DIST)

dist: ## Build all release artifacts in dist/ (DIST=…)
	@sh tests/release/dist.sh $(DIST)

trial: ## Build a release in a temporary folder and verify its artifacts
	@sh tests/release/trial.sh

setup: ## Install or build only the prerequisites of the tests
	@sh tests/setup/setup.sh test

env: ## Print the environment variables of the tests, for: eval "$$(make -s env)"
	@sh tests/setup/env.sh

generate: ## Generate crds/, charts/ and docs/ from the Rust types and the chart
	@sh tests/setup/generate.sh

lint: ## Lint the workspace
	@cargo clippy --workspace --all-targets -- -D warnings

fmt: ## Format the code
	@cargo fmt --all
