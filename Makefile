# shenfa — `make help` lists the targets.
SHELL := /bin/sh
GO    ?= go
DATA  ?= data
LISTEN ?= 127.0.0.1:8080
LIGHT  = $(shell $(GO) list ./... | grep -v -e /internal/engine -e /cmd/ -e /e2e)

.DEFAULT_GOAL := help
.PHONY: walkthrough help run build demo test check lint race soak bench drill eval replay record-history clean deps browser-deps

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: build ## start everything with a demo bureau; prints the console URL and the accounts
	bin/shenfa serve --data $(DATA) --listen $(LISTEN) --demo

build: deps ## build bin/shenfa (the first build compiles the Temporal server: several minutes)
	$(GO) build -o bin/shenfa ./cmd/shenfa

demo: build ## the whole story from draft to release, on testdata/origin.txt as text and as .docx
	@$(GO) test -count=1 -timeout 10m -v -run '^TestDemo$$' ./e2e -demo

test: build browser-deps ## everything CI runs: style, unit, real PostgreSQL, real Temporal, end to end
	$(MAKE) check
	$(GO) test -timeout 20m $(LIGHT)
	$(GO) test -race -timeout 20m ./internal/disclosure ./internal/detect ./internal/ledger ./internal/vault ./api
	$(GO) test -p 1 -timeout 30m ./internal/engine ./e2e

check: ## format, vet, staticcheck, determinism of the workflows
	@test -z "$$(gofmt -l .)" || { gofmt -d . | head -50; exit 1; }
	$(GO) vet ./...
	$(GO) tool mvdan.cc/gofumpt -l . | { ! grep .; }
	$(GO) tool honnef.co/go/tools/cmd/staticcheck $(LIGHT)
	$(GO) tool go.temporal.io/sdk/contrib/tools/workflowcheck ./workflows/...

lint: ## golangci-lint with our rules, if it is installed
	golangci-lint run

soak: build ## the long runs: 10,000 workflow sequences and more
	SHENFA_SOAK=1 $(GO) test -count=1 -timeout 3h ./workflows ./e2e

drill: build ## the drill of docs/operations.md: ITEMS (default 200) for one second on every channel, with faults
	$(GO) test -count=1 -timeout 60m -v -run '^TestDrill$$' ./e2e -demo -drill $(or $(ITEMS),200)

walkthrough: build browser-deps ## take the pictures of docs/walkthrough.md anew
	$(GO) test -count=1 -timeout 20m -run '^TestBrowser(Story|Findings|ReleaseDesk|Workbench)$$' ./e2e -shots ../bin/walk
	@mkdir -p docs/images/walk && for f in $$(sed -n 's/.*images\/walk\/\([^)]*\)).*/\1/p' docs/walkthrough.md); do cp bin/walk/$$f docs/images/walk/ || exit 1; done

bench: build ## measure P1, P2, P3, P5, P6 beside their baselines and write docs/benchmarks.md
	GOMAXPROCS=1 $(GO) test -count=1 -timeout 30m -run '^TestP3_Table$$' ./internal/detect -p3 -v > bin/p3.txt || { cat bin/p3.txt; exit 1; }
	@grep '^|' bin/p3.txt
	@{ echo "Measured $$(date -u '+%Y-%m-%d %H:%M UTC'), one core, processor time, the best of 7 rounds."; echo; grep '^|' bin/p3.txt; } | sh scripts/section docs/benchmarks.md check
	$(GO) test -count=1 -timeout 60m -run '^TestBench$$' ./e2e -bench-report

record-history: build ## record the golden histories again (only for a new shape of a workflow)
	$(GO) test -count=1 -run '^TestRecordHistories$$' ./e2e -record-histories

eval: ## precision and recall of the check on a corpus made here; CASE=text runs the cases named so, ROWS=1 prints every row
	@mkdir -p bin
	@$(GO) test -count=1 -timeout 15m -v -run '^TestEval$$' ./internal/eval -eval $(if $(SEED),-eval-seed $(SEED)) $(if $(CASE),-eval-case '$(CASE)') $(if $(ROWS),-eval-rows) > bin/eval.txt; \
		code=$$?; cat bin/eval.txt; \
		$(if $(CASE)$(SEED),,{ echo '```'; sed -n '/^bar  /,/^clean/p' bin/eval.txt; echo '```'; } | sh scripts/section docs/benchmarks.md evaluation;) exit $$code

deps: ## install what building and running needs (PostgreSQL server binaries, fonts)
	@sh scripts/install-deps

browser-deps: deps
	@sh scripts/install-deps browser

clean: ## remove what was built
	rm -rf bin
