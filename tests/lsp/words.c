/* words.c - the words of the grammar and the types of the language, a line each; for editors.py. */
#include "internal.h"
#include "resolve.h"

#include <stdio.h>

int main(void)
{
    for (int word = WORD_NONE + 1; word < WORD_COUNT; word++)
        printf("word %s\n", word_texts[word]);
    for (int kind = IDL_BOOL; kind <= IDL_BYTES; kind++)
        if (kind <= IDL_UUID || kind >= IDL_STRING)
            printf("type %s\n", kind_text((enum idl_kind)kind));
    return 0;
}
