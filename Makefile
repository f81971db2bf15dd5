.DEFAULT_GOAL := help
.PHONY: help run test test-quick check audit fuzz stress licences e2e clients faults bench lock format clean

PORT ?= 1313
MODEL ?=
RELEASE ?=
BIN := .venv/bin
WORKERS := --numprocesses auto --dist loadscope --no-loadscope-reorder
PACKAGES := api batch cli jobs model monitoring preprocessing server storage takeover training
AUDITED := serving sagemaker jobs deployment batch local training

help: ## show these targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## install, publish the model (MODEL=file) to an embedded S3, serve it on PORT, show one prediction
	@requirements/install.sh .venv local
	@PORT="$(PORT)" MODEL="$(MODEL)" $(BIN)/python -m phat.server.local

test: ## install, run unit and integration tests with coverage, one worker a core: about 5 minutes on 2 cores
	@requirements/install.sh .venv development
	@echo "phat: all unit and integration tests, about 5 minutes on 2 cores (make test-quick: less than one)"
	$(BIN)/python -m pytest --cov $(WORKERS)

test-quick: ## install, run the unit tests that are quick, without coverage: less than a minute on 2 cores
	@requirements/install.sh .venv development
	@echo "phat: the quick unit tests, less than a minute on 2 cores"
	$(BIN)/python -m pytest $(WORKERS) -m "not slow" tests/unit

check: audit ## format, lint, types, template, workflows, known vulnerabilities
	@requirements/install.sh .venv development
	@requirements/install.sh .venv-deploy deployment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@rm -rf .mypy_path && mkdir -p .mypy_path/phat && ln -s $(CURDIR)/phat/__init__.py $(addprefix $(CURDIR)/,$(PACKAGES)) .mypy_path/phat
	$(BIN)/mypy
	.venv-deploy/bin/cfn-lint template*.yaml
	for template in template*.yaml; do \
	    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .venv-deploy/bin/sam validate --lint --template $$template || exit; done
	.venv-audit/bin/checkov --file template*.yaml --framework cloudformation --skip-download --compact --quiet
	.venv-audit/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

audit: ## known vulnerabilities of the requirements (RELEASE=yes: fail if they cannot be looked up); writes sbom.json, what the image holds besides its base
	@requirements/install.sh .venv-audit audit
	.venv-audit/bin/python requirements/audit.py $(if $(RELEASE),--release) $(AUDITED:%=requirements/%.txt)
	.venv-audit/bin/cyclonedx-py requirements requirements/serving.txt --output-reproducible --validate -o sbom.json

e2e: ## build the image, run it in containers, deploy the stack to an emulated AWS (Docker)
	@requirements/install.sh .venv development
	@requirements/install.sh .venv-deploy deployment
	@requirements/install.sh .venv-emulator emulator
	$(BIN)/python -m pytest tests/e2e -m e2e

clients: ## score as others do: browser, MLflow's client, contract checkers, the examples of docs/ in curl, Python, JavaScript, R
	@requirements/install.sh .venv-clients clients
	.venv-clients/bin/python -m pytest tests/clients -m clients

fuzz: ## attack body parsing, cleaning and requests for about a minute, and show that planted bugs are found
	@requirements/install.sh .venv-stress stress
	.venv-stress/bin/python -m tests.stress.fuzz short

stress: ## the long attacks, about an hour; their figures are in docs/reliability.md (STEPS="fuzz resource_bounds" for some of them)
	@requirements/install.sh .venv-stress stress
	.venv-stress/bin/python -m tests.stress $(STEPS)

licences: ## write docs/licences.md: the licences of what the image holds
	@requirements/install.sh .venv development
	$(BIN)/python requirements/licences.py > docs/licences.md

faults: ## make a real S3 fail in every way, kill function and publisher at any point
	@requirements/install.sh .venv-faults faults
	@requirements/install.sh .venv-deploy deployment
	.venv-faults/bin/python -m pytest tests/faults -m faults

bench: ## measure against floor and rivals; writes benchmarks/results.md (ROUNDS=7)
	@requirements/install.sh .venv development
	@requirements/install.sh .venv-deploy deployment
	@for role in benchmark benchmark-files benchmark-mlflow benchmark-vetiver; do requirements/install.sh .venv-$$role $$role; done
	$(BIN)/python -m benchmarks $(ROUNDS)

lock: ## resolve the requirements again (ARGS=--upgrade for newer versions)
	requirements/lock.sh $(ARGS)

format: ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what these targets made
	rm -rf .venv .venv-deploy .venv-emulator .venv-clients .venv-audit .venv-faults .venv-stress .venv-benchmark* .venv*.log .aws-sam .coverage .mypy_cache .mypy_path .pytest_cache .ruff_cache .hypothesis
