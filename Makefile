# Builds and downloads go to .local and cdk.out; `make clean` removes both.

PYTHON      ?= python3
CONFIG      ?=
CONTEXT     ?=
CHAOS       ?=
REHEARSE    ?=
CDK_VERSION := 2.1148.1
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

VENV := .local/venv/ready
# It has its own environment: it needs other versions of moto's dependencies.
MINISTACK := .local/ministack/ready
CDK  := .local/node/aws-cdk-$(CDK_VERSION)

# The CDK sends no telemetry, and does not ask for updates: versions are pinned here.
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help demo bench chaos rehearse test fuzz lint build synth deploy clean venv

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: need-go need-python build venv ## see it work on this machine, while UserHub fails
	go run ./infra/local/demo

bench: need-go need-node ## measure speed, scale and memory, and compare
	go run ./infra/local/bench

chaos: need-go need-python build venv ## make everything fail at once; takes CHAOS='-for 10m -seed 7'
	go run ./infra/local/chaos $(CHAOS)

rehearse: need-go need-node need-python $(CDK) venv ## deploy, update, break, move and remove every configuration
	go run ./infra/local/rehearsal $(REHEARSE)

# Without a C compiler, go turns cgo off, and on Linux the race detector needs cgo.
RACE = $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# The CDK takes minutes to compile for the race detector, and the app has only one
# goroutine. go's test cache does not see what ./infra/... starts (moto, cfn-lint,
# the compiler), so it is off: -count=1.
test: need-go need-node need-python build venv $(CDK) ## run every test: unit, integration, template
	@test -n "$(RACE)" || echo "no C compiler found: the race detector is off (Debian: apt install gcc)"
	go vet ./...
	go test $(RACE) ./functions/... ./shared/...
	go test $(RACE) -count=1 ./infra/local/...
	go test -count=1 $$(go list ./infra/... | grep -v /infra/local)
	$(MAKE) --no-print-directory fuzz FUZZED_INPUTS=180000

# Each is a package and one of its fuzz tests; go fuzzes one at a time. The limit is a
# number of inputs, not a time: when the time is up, go 1.26 sometimes fails a test that
# found nothing, with "context deadline exceeded" (go.dev/issue/75804).
FUZZED   := shared/queue/FuzzDecode shared/cloudtrail/FuzzDecode shared/cognito/trigger/FuzzChange \
            shared/userhub/FuzzVerify shared/userhub/FuzzHandle shared/userhub/FuzzEditOfWhatIsShown \
            shared/scim/FuzzParsePath infra/setting/FuzzParse infra/setting/FuzzFromContext
FUZZED_INPUTS := 1800000

fuzz: need-go ## look for inputs that break a decoder, for about ten minutes
	@set -e; for f in $(FUZZED); do echo "fuzz $$f"; \
		go test -run '^$$' -fuzz "^$${f##*/}\$$" -fuzztime $(FUZZED_INPUTS)x ./$${f%/*}; done

lint: need-go ## check formatting, and look for mistakes
	@unformatted=$$(gofmt -l functions infra shared); \
		test -z "$$unformatted" || { echo "run gofmt -w on:" $$unformatted; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

build: need-go ## build the functions for this machine, into .local/bin
	CGO_ENABLED=0 go build -tags lambda.norpc -o .local/bin/ ./functions/...

SETTINGS = $(if $(CONFIG),-c config=$(CONFIG)) $(CONTEXT)

synth: need-go need-node $(CDK) ## write cdk.out; takes CONFIG=prod.json CONTEXT='-c sync.rate=20'
	.local/node/node_modules/.bin/cdk synth --quiet $(SETTINGS)

deploy: need-go need-node $(CDK) ## deploy to the shell's AWS account; takes CONFIG and CONTEXT too
	.local/node/node_modules/.bin/cdk deploy $(SETTINGS)

clean: ## remove builds and downloads
	rm -rf .local cdk.out

venv: $(VENV) $(MINISTACK)

$(VENV): infra/local/requirements.txt
$(MINISTACK): infra/local/requirements-ministack.txt
$(VENV) $(MINISTACK): | need-python
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(CDK): | need-node
	npm install --silent --prefix .local/node --no-save --no-package-lock aws-cdk@$(CDK_VERSION)
	touch $@

need-%:
	@PYTHON=$(PYTHON) infra/local/prerequisites.sh $*
