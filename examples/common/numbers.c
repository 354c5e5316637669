#include "numbers.h"

#include <stdlib.h>

/* Where the number is, or would be. There is always a free place. */
static uint64_t *place_of(const struct numbers *numbers, uint64_t number)
{
    size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32);

    while (numbers->places[at & (numbers->size - 1)] != 0 &&
           numbers->places[at & (numbers->size - 1)] != number)
        at++;
    return &numbers->places[at & (numbers->size - 1)];
}

bool numbers_room(struct numbers *numbers)
{
    struct numbers grown = {.size = numbers->size != 0 ? numbers->size * 2 : 64};

    if ((numbers->count + 1) * 2 <= numbers->size)
        return true;
    grown.places = calloc(grown.size, sizeof(grown.places[0]));
    if (grown.places == NULL)
        return false;
    for (size_t i = 0; i < numbers->size; i++)
        if (numbers->places[i] != 0)
            *place_of(&grown, numbers->places[i]) = numbers->places[i];
    grown.count = numbers->count;
    free(numbers->places);
    *numbers = grown;
    return true;
}

bool numbers_add(struct numbers *numbers, uint64_t number)
{
    uint64_t *place;

    if (number == 0 || !numbers_room(numbers))
        return false;
    place = place_of(numbers, number);
    if (*place == number)
        return false;
    *place = number;
    numbers->count++;
    return true;
}

bool numbers_has(const struct numbers *numbers, uint64_t number)
{
    return number != 0 && numbers->size != 0 && *place_of(numbers, number) == number;
}

void numbers_free(struct numbers *numbers)
{
    free(numbers->places);
    *numbers = (struct numbers){0};
}
