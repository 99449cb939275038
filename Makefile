# govshare. `make portal` on a machine with Python 3.10+ and make: nothing else is needed, not even root.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOME_ARGUMENT := $(if $(GOVSHARE_HOME),--home $(GOVSHARE_HOME))

.DEFAULT_GOAL := help
.PHONY: help portal install test unit lint bench crash lock clean browser

help: ## these lines
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

portal: install ## install what is missing, start the site, show its address; Ctrl-C stops it (PORT=5001, ARGS=--no-demo)
	@exec $(BIN)/govshare up $(HOME_ARGUMENT) $(if $(PORT),--port $(PORT)) $(ARGS)

install: ## the virtual environment, from the lock file; a second time takes no time
	@$(PYTHON) -I ckanext-govshare/ckanext/govshare/runtime/install.py $(VENV)

test: install browser ## all tests, on real servers of their own (ARGS="-k word -x")
	@$(BIN)/python -m ckanext.govshare.runtime.testing exec -- $(BIN)/python -m pytest --ckan-ini=test.ini $(ARGS)

unit: install ## the tests that need no servers
	@$(BIN)/python -m pytest -p no:ckan -p no:ckan_fixtures tests/unit $(ARGS)

lint: install ## style, layers, translations
	$(BIN)/ruff check .
	@$(BIN)/python .ci/layers.py
	@env $$($(BIN)/python -m ckanext.govshare.runtime.ckan) $(BIN)/python -m ckanext.govshare.i18n.check

bench: install ## figures of speed, into docs/performance.md (SIZES=1000,10000 ARGS="-k rival")
	@$(BIN)/python -m ckanext.govshare.runtime.testing exec -- $(BIN)/python -m pytest --ckan-ini=test.ini tests/bench -s $(ARGS)

crash: install ## the long trials: kills and restarts at every step, six points under fire, 200 models (half an hour)
	@GOVSHARE_TEST_HOME=$(abspath .govshare/crash) GOVSHARE_TRIALS=long GOVSHARE_EXAMPLES=200 \
	  $(BIN)/python -m ckanext.govshare.runtime.testing exec -- $(BIN)/python -m pytest --ckan-ini=test.ini \
	  tests/crash tests/exchange/test_model.py $(ARGS)

# The browser tests want Chromium. Where we may install it, we do; elsewhere they say why they are skipped.
browser:
	@if ! command -v chromedriver >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Chromium for the browser tests · 安装浏览器测试所需的 Chromium"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium chromium-driver fonts-noto-cjk; } >/dev/null </dev/null || echo "Chromium could not be installed"; \
	fi

COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.10 \
  --overrides requirements.overrides --no-emit-index-url --custom-compile-command "make lock"

lock: install ## resolve anew what requirements.lock, the benchmarks' rival and the Solr jars are pinned to
	$(COMPILE) pyproject.toml $(foreach extra,embedded test quality lock build,--extra $(extra)) -o requirements.lock $(ARGS)
	$(COMPILE) tests/bench/rival.in -o tests/bench/rival.lock $(ARGS)
	printf 'setuptools>=77,<81\nsetuptools-scm\nwheel\n' | $(BIN)/uv pip compile -q - --universal --generate-hashes \
	  --python-version 3.10 --no-emit-index-url --custom-compile-command "make lock" -o requirements.build.lock $(ARGS)
	cd ckanext-govshare/ckanext/govshare/solr/embedded && $(abspath $(BIN))/jgo -q lock

clean: ## remove what was built and installed; the site's data in .govshare stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.govshare/*' -prune -exec rm -rf {} +
