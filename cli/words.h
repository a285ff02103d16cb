/* cli/words.h: "did you mean", the characters of a text, and text that fits a width. */
#ifndef LINNET_CLI_WORDS_H
#define LINNET_CLI_WORDS_H

#include <stdbool.h>
#include <stdio.h>

/* The nearest of several words to one that was typed. Zero it, offer() each word, ask nearest(). */
typedef struct guess {
    const char *word;
    int length, distance;
} guess;
/* `length` bytes of word, -1: all. Words are in small letters; capitals in `typed` count as such. */
void offer(guess *g, const char *typed, const char *word, int length);
/* "; did you mean WORD?" with `before` put before the word; empty where none is near. In a buffer of its own. */
const char *did_you_mean(const guess *g, const char *before);

/* The next of the words in "a|b|c": where it begins and its length; NULL after the last. `words` moves on. */
const char *next_choice(const char **words, int *length);
bool is_choice(const char *word, const char *choices);

/* The first character of text, NUL-terminated, with the bytes that no character begins with behind it; what follows it. */
enum { CHARACTER = 5 };
const char *next_character(const char *text, char one[CHARACTER]);

/* Text in lines of at most `width` columns: the first begins at `column`, the others are indented by `indent`. */
void wrap(FILE *out, const char *text, int column, int indent, int width);

#endif
