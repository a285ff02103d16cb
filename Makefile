# A thin habit over CMake: `make` builds the release into build/ (the command is build/linnet).
JOBS := $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local

.PHONY: all demo test chapter interop bench soak coverage mutants reliability install asan tsan format clean

all:
	cmake --preset release
	cmake --build build -j $(JOBS)

demo:
	script/demo

test:
	script/test

# docs/chapter.md and its pictures, from the examples as they are now.
chapter: all
	script/chapter build

interop:
	script/interop

# make bench W="W3 W6": these workloads alone. make bench DRY=1: does all of it run? bench/setup.sh makes the peers' environment.
bench: all
	cmake --build build -j $(JOBS) --target bench_programs
	bench/run.py $(if $(DRY),--dry) $(W)
	bench/report.py $(if $(DRY),--dry)

soak:
	script/soak

coverage:
	script/coverage

mutants:
	script/mutants

reliability:
	script/reliability

install: all
	cmake --install build --prefix "$(PREFIX)"

asan tsan:
	cmake --preset $@
	cmake --build --preset $@ -j $(JOBS)
	ctest --preset $@

format:
	git ls-files -co --exclude-standard '*.c' '*.h' 'src/kernel/*.inc' '*.cpp' | xargs clang-format -i

clean:
	rm -rf build build-*
