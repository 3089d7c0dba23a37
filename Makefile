PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test test-peers test-all lint outlines clean

help:
	@echo "make demo        train LeNet-5 on real digits, build and count every network, draw them all"
	@echo "make test        run the tests, with TensorFlow"
	@echo "make test-all    run these and the proofs against PyTorch, timm, torchvision and JAX"
	@echo "make lint        check format and style"
	@echo "make outlines    write tests/outlines and tests/diagrams anew, to be read before they are committed"
	@echo "make clean       remove what make installed and built"

demo: $(VENV)/ready
	@echo "==> LeNet-5 learns handwritten digits from scratch"
	@mkdir -p build
	@$(BIN)/keras-cnns train lenet_5 --data digits --output build/lenet_5.keras --force
	@echo "==> Every network, built and counted"
	@$(BIN)/keras-cnns list --build
	@echo "==> Every network, drawn"
	@$(BIN)/keras-cnns gallery build/gallery --force

test: $(VENV)/ready
	@echo "==> Tests, with TensorFlow"
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-peers: $(VENV)/peers
	@echo "==> Proofs against PyTorch's definitions, and the same outputs on three backends"
	@$(BIN)/python -m pytest -m peers -n 2 --dist worksteal

test-all: test test-peers

lint: $(VENV)/ready
	@echo "==> Format and style"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

outlines: $(VENV)/ready
	@$(BIN)/python -m pytest tests/test_outlines.py tests/test_diagrams.py tests/test_visualize.py --update

$(VENV)/ready: requirements.txt pyproject.toml
	@echo "==> Installing into $(VENV), once: TensorFlow and the rest, about 2.6 GB"
	@$(PYTHON) -c "import sys; assert sys.version_info >= (3, 10), 'Python 3.10 or newer, please'"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "No venv in $(PYTHON); on Debian: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# timm and torchvision pull in builds of PyTorch that the proofs do not need, so they come without dependencies.
$(VENV)/peers: $(VENV)/ready
	@echo "==> Installing PyTorch, JAX, timm and torchvision into $(VENV), once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[peers]"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "timm>=1.0.15" "torchvision>=0.20"
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
