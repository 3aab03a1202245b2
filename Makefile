# The commands of this repository; each sets up what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PATHED = PATH="$$(tools/node-path.sh):$$PATH"
INSTALLED = node_modules/.package-lock.json

.PHONY: help setup system helm age torchserve demo serve test check bench conformance build image python-image clean

help: ## Say what each command does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Install Node 24 (if the system's is older) and the packages

$(INSTALLED): package-lock.json .npmrc tools/node-path.sh
	@$(PATHED) npm ci --loglevel=error
	@touch $@

system: ## Install the programs that tests drive (age, curl, PostgreSQL) where that is allowed
	@tools/system-packages.sh

helm: ## Build helm with Go where the system has none
	@tools/helm-path.sh >/dev/null || true

age: ## Build an age that knows post-quantum recipients with Go where the system has none
	@tools/age-path.sh >/dev/null || true

torchserve: ## Install TorchServe's package and archivers for Python where that is allowed
	@tools/torchserve-path.sh >/dev/null || true

demo: setup ## Read a document through all three APIs, then seal the model and read it over a verified connection
	@$(PATHED) node examples/document-reading/demo.ts

serve: setup ## Serve the demo's models until stopped
	@$(PATHED) node examples/document-reading/demo.ts --serve

test: setup system helm torchserve ## Run every test of the packages, the services and the command
	@$(PATHED) node tools/test.ts

check: setup ## Format, lint, types, layers and documents
	@$(PATHED) node tools/check.ts

conformance: setup system age torchserve ## Third-party clients against the built server, faults on hosts of their own, and the real TorchServe beside ours
	@$(PATHED) node conformance/clients/run.ts
	@$(PATHED) node conformance/torchserve/run.ts

bench: setup ## Measure speed and memory as ratios; results in bench/results
	@$(PATHED) node bench/run.ts

build: setup ## Publishable packages and one bundled file per service, in dist/
	@$(PATHED) node tools/build.ts

python-image: setup torchserve ## Build the images with Python with buildah, as root, and ask handlers in them
	@$(PATHED) deploy/images/python-image.sh

image: setup ## Build the native images with buildah, as root, and make one prediction with them
	@$(PATHED) deploy/images/native-image.sh

clean: ## Remove what was built or installed
	rm -rf dist node_modules .toolchain
