/* XXH64: values of the reference implementation, and that it notices what it is there for. */
#include "kernel/kernel.h"

#include "support/support.h"

static void the_reference_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t hash;
    } texts[] = {
        {"", 0xef46db3751d8e999},
        {"a", 0xd24ec4f1a98c6e5b},
        {"abc", 0x44bc2cf5ad770999},
        {"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(lin__hash(texts[i].text, strlen(texts[i].text), 0), texts[i].hash);
}

/* Around the ends of words and stripes, with a seed: Python's xxhash 3. */
static void every_kind_of_end(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        uint64_t hash;
    } ends[] = {
        {0, 0x7fef5b0c316777ed},  {1, 0x424f926440206cd7},   {3, 0xbdea7fa05a78da18},  {4, 0x8aaff762d58b0803},
        {7, 0xbeb2f5c5fa10c2d1},  {8, 0x233a20d293e65061},   {12, 0x5f3883945da542b8}, {31, 0x19bf00be8b0fa95e},
        {32, 0x9153b491e34e7f66}, {33, 0xb0ea6bbfd06a372e},  {63, 0xfa28237ed9d167a2}, {64, 0xa4445d644fa3c5ad},
        {65, 0x81963017c96424ed}, {100, 0xac81bda7d3fcf811},
    };
    unsigned char data[104];
    for (size_t at = 0; at < 4; at++) { /* wherever it lies */
        for (size_t i = 0; i < 100; i++)
            data[at + i] = (unsigned char)(131 * i + 7);
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            assert_int_equal(lin__hash(data + at, ends[i].bytes, 0x123456789abcdef0), ends[i].hash);
    }
}

static void every_bit_and_the_length_count(void **state)
{
    (void)state;
    unsigned char data[300] = {0};
    for (size_t bytes = 1; bytes <= 300; bytes += 13) {
        uint64_t whole = lin__hash(data, bytes, 1);
        assert_int_not_equal(whole, lin__hash(data, bytes - 1, 1));
        assert_int_not_equal(whole, lin__hash(data, bytes, 2));
        for (size_t bit = 0; bit < 8 * bytes; bit++) {
            data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_int_not_equal(whole, lin__hash(data, bytes, 1));
            data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
}

/* Stripes as they come, and the rest, are the whole. */
static void what_comes_piece_by_piece(void **state)
{
    (void)state;
    unsigned char data[200];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(131 * i + 7);
    for (size_t bytes = 0; bytes <= sizeof data; bytes++)
        for (size_t first = 0; first <= bytes; first += LIN__HASH_STRIPE)
            for (size_t second = first; second <= bytes; second += LIN__HASH_STRIPE) {
                lin__hashing h = lin__hash_begin(5);
                lin__hash_stripes(&h, data, first);
                lin__hash_stripes(&h, data + first, second - first);
                assert_int_equal(lin__hash_end(&h, data + second, bytes - second), lin__hash(data, bytes, 5));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_values),
        cmocka_unit_test(every_kind_of_end),
        cmocka_unit_test(every_bit_and_the_length_count),
        cmocka_unit_test(what_comes_piece_by_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
