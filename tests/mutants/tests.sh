# shellcheck shell=sh
# The tests that are to notice a fault in a file, the likeliest and quickest first.
tests_of() { # FILE
    case $1 in
    */data/idx.c) echo test_idx test_reader_faults fuzz_mutants ;;
    */data/npy.c) echo test_npy test_reader_faults fuzz_mutants ;;
    */data/*) echo test_idx test_npy test_map test_mnist test_safetensors test_reader_faults fuzz_mutants ;;
    */base/map.c | */base/at.c) echo test_map test_reader_faults ;;
    */base/*) echo test_input test_idx test_npy test_safetensors test_safetensors_refused test_reader_faults fuzz_mutants ;;
    */model/checkpoint.c) echo test_safetensors test_reader_faults fuzz_mutants test_checkpoint_damage ;;
    */model/json.c) echo test_json test_model "$files_of_model" test_place test_model_refused "$rest_of_model" ;;
    */model/header.c | */model/safetensors.c) echo "$files_of_model" test_place test_model "$rest_of_model" ;;
    */model/place.c) echo test_place test_model_refused "$files_of_model" "$rest_of_model" ;;
    */model/*) echo test_model test_model_refused test_place "$rest_of_model" ;;
    */train/exact.c) echo test_exact test_checkpoint ;;
    */train/settings.c) echo test_checkpoint_mismatch test_checkpoint test_checkpoint_data test_checkpoint_faults ;;
    *) echo test_checkpoint test_checkpoint_forged test_checkpoint_mismatch test_checkpoint_stop fuzz_mutants test_resume \
        test_checkpoint_damage test_checkpoint_faults ;;
    esac
}
files_of_model='test_safetensors_refused test_safetensors test_safetensors_write'
rest_of_model='test_hostile_model test_reader_faults test_model_memory fuzz_mutants'

# Those of them that are run under sanitizers too: not what takes long there, or stands in for the allocator.
quick_tests_of() { # FILE
    for test in $(tests_of "$1"); do
        case $test in
        *_faults | *_memory | *_damage | *_resume) ;;
        *) echo "$test" ;;
        esac
    done
}

# The formats whose mutants go through a file.
formats_of() { # FILE
    case $1 in
    */data/idx.c) echo idx gz ;;
    */data/npy.c) echo npy ;;
    */data/elements.c) echo idx npy safetensors ;;
    */data/*) echo idx npy gz ;;
    */base/*) echo idx npy gz safetensors ;;
    */model/safetensors.c | */model/header.c | */model/json.c | */model/place.c) echo safetensors model checkpoint ;;
    */model/checkpoint.c | */train/*) echo checkpoint ;;
    */model/*) echo model ;;
    esac
}
