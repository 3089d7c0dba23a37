PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PYTEST = $(BIN)/python -m pytest -n 2 --dist worksteal $(FLAGS)

.PHONY: help demo install test test-light test-peers test-all lint outlines precomputed notebooks student-notebooks \
	proof benchmarks docs package clean

help:
	@echo "make demo        train LeNet-5 on real digits, build and count every network, draw them all"
	@echo "make test        run the tests, with TensorFlow"
	@echo "make test-light  run the tests of saved files, downloads, commands, pictures and costs"
	@echo "make test-peers  run the proofs against PyTorch, timm, torchvision and JAX, what takes long, the notebooks"
	@echo "make test-all    run both, and every size of network"
	@echo "make install     install what all of these commands use"
	@echo "make lint        check format, style, the layers of the package and types"
	@echo "make network     write all that follows from the catalogue: exports, tables, outlines, pictures and costs"
	@echo "make outlines    rewrite the golden outlines and diagrams, to be read before they are committed"
	@echo "make precomputed  rewrite the networks' pictures and costs that commands answer from without Keras"
	@echo "make notebooks   run the texts in notebooks/ and keep what they print and draw"
	@echo "make student-notebooks  write copies of the notebooks without solutions into build/notebooks"
	@echo "make proof       measure every network against every authority again, into docs/proof.csv"
	@echo "make benchmarks  measure time and memory beside peers, about 20 minutes, into docs/benchmarks"
	@echo "make docs        write the documentation into build/site"
	@echo "make package     build wheel and sdist, install the wheel in an empty environment, try it there"
	@echo "make clean       remove what make installed and built"

demo: $(VENV)/ready
	@echo "==> LeNet-5 learns handwritten digits from scratch"
	@mkdir -p build
	@$(BIN)/keras-cnns train lenet_5 --data digits --output build/lenet_5 --force
	@echo "==> Every network, built and counted"
	@$(BIN)/keras-cnns list --build
	@echo "==> Every network, drawn"
	@$(BIN)/keras-cnns gallery build/gallery --force

install: $(VENV)/peers $(VENV)/docs $(VENV)/package

test: $(VENV)/ready
	@echo "==> Tests, with TensorFlow"
	@$(PYTEST)

LIGHT := tests/cli/test_cli.py tests/diagram/test_fold.py tests/diagram/test_svg.py tests/keras_files tests/profiling \
	tests/project/test_host_files.py tests/project/test_project.py tests/weights/test_download.py
test-light: $(VENV)/ready
	@echo "==> Light tests: saved files, downloads, commands, pictures, costs"
	@$(PYTEST) $(LIGHT)

test-peers: $(VENV)/peers
	@echo "==> Proofs against other libraries, the same outputs on three backends, what takes long, notebooks"
	@$(PYTEST) -m "(peers or long or notebooks) and not large"

test-all: test test-peers
	@echo "==> Every size of network"
	@$(PYTEST) -m large

lint: $(VENV)/ready
	@echo "==> Format, style, layers, types"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/mypy

outlines: $(VENV)/ready
	@$(BIN)/python -m pytest tests/architectures/test_outlines.py tests/diagram --update

network: $(VENV)/ready
	@$(BIN)/python -m pytest tests/project/test_derived.py tests/architectures/test_outlines.py tests/diagram/test_diagrams.py tests/precomputed tests/gallery/test_pairs.py -m "" -k "outline or what_building_gives or what_the_catalogue_gives" --update

precomputed: $(VENV)/ready
	@$(BIN)/python -m pytest tests/precomputed tests/gallery/test_pairs.py -m "" -k is_what_building_gives --update

notebooks: $(VENV)/ready
	@$(BIN)/python -m pytest tests/project/test_notebooks.py -m notebooks --update

student-notebooks: $(VENV)/ready
	@$(BIN)/python notebooks/student_copies.py build/notebooks

proof: $(VENV)/peers
	@$(PYTEST) tests/architectures tests/weights/test_weights.py -m "" --proof docs/proof.csv

BENCHMARKS := pictures commands comparison inference training input building memory costs
benchmarks: $(VENV)/peers
	@command -v dot > /dev/null || { echo "keras.utils.plot_model needs Graphviz' program dot; on Debian: apt-get install graphviz" >&2; exit 1; }
	@mkdir -p docs/benchmarks
	@for name in $(BENCHMARKS); do \
		echo "==> $$name"; $(BIN)/python benchmarks/$$name.py --csv docs/benchmarks/$$name.csv || exit 1; \
	done

docs: $(VENV)/docs
	@echo "==> Documentation"
	@$(BIN)/python docs/generate

package: $(VENV)/package
	@echo "==> Package, built and used in an environment of its own"
	@rm -rf dist build/package
	@$(BIN)/python -m build --outdir dist > /dev/null
	@$(BIN)/python -m twine check --strict dist/*
	@$(BIN)/python tests/support/wheel.py dist/*.whl
	@$(PYTHON) -m venv build/package
	@build/package/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo dist/*.whl)[jax]"
	@KERAS_BACKEND=jax build/package/bin/python tests/support/smoke.py

$(VENV)/ready: requirements.txt pyproject.toml
	@echo "==> Installing into $(VENV), once: TensorFlow and the rest, about 2.6 GB"
	@$(PYTHON) -c "import sys; assert sys.version_info >= (3, 10), 'Python 3.10 or newer, please'"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "No venv in $(PYTHON); on Debian: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# timm and torchvision pull in builds of PyTorch that the proofs do not need, so they come without dependencies.
$(VENV)/peers: $(VENV)/ready
	@echo "==> Installing PyTorch, JAX, OpenVINO, timm and torchvision into $(VENV), once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[peers]"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "timm>=1.0.15" "torchvision>=0.20"
	@touch $@

$(VENV)/docs: $(VENV)/ready
	@echo "==> Installing Zensical into $(VENV), once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[docs]"
	@touch $@

$(VENV)/package: $(VENV)/ready
	@echo "==> Installing build and twine into $(VENV), once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[package]"
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache
