# shellcheck shell=sh
# The tests that are to notice a fault in a file, the likeliest and quickest first, and the formats whose mutants go through it.
tests_of() {
    case $1 in
    */data/idx.c) echo test_idx test_reader_faults fuzz_mutants ;;
    */data/npy.c) echo test_npy test_reader_faults fuzz_mutants ;;
    */data/*) echo test_idx test_npy test_mnist test_safetensors test_reader_faults fuzz_mutants ;;
    */base/*) echo test_input test_idx test_npy test_reader_faults fuzz_mutants ;;
    */model/checkpoint.c) echo test_checkpoint test_safetensors test_checkpoint_damage fuzz_mutants ;;
    */model/*) echo test_model test_safetensors test_hostile_model test_reader_faults test_model_memory fuzz_mutants ;;
    *) echo test_checkpoint test_checkpoint_mismatch fuzz_mutants test_checkpoint_damage test_checkpoint_faults test_resume ;;
    esac
}

formats_of() {
    case $1 in
    */data/idx.c) echo idx gz ;;
    */data/npy.c) echo npy ;;
    */data/elements.c) echo idx npy safetensors ;;
    */data/*) echo idx npy gz ;;
    */base/*) echo idx npy gz safetensors ;;
    */model/safetensors.c | */model/header.c | */model/json.c) echo safetensors model checkpoint ;;
    */model/checkpoint.c | */train/*) echo checkpoint ;;
    */model/*) echo model ;;
    esac
}
