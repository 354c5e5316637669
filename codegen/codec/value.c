/*
 * value.c - text as integers, times, durations, uuids and bytes. Every function takes the
 * whole text or refuses it; nothing is skipped, nothing wraps around.
 */
#include "codec/internal.h"

#include <string.h>

/* Digits at *at into *value; false when there is none or more than `most` fit. */
static bool take_digits(const char **at, uint64_t most, uint64_t *value)
{
    const char *from = *at;

    *value = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');

        if (*value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *at != from;
}

bool codec_parse_integer(const char *text, bool negative_allowed, uint64_t *value)
{
    bool negative = negative_allowed && *text == '-';
    uint64_t most = !negative_allowed ? UINT64_MAX : (uint64_t)INT64_MAX + negative;

    text += negative;
    if (!take_digits(&text, most, value) || *text != '\0')
        return false;
    if (negative)
        *value = 0 - *value;
    return true;
}

/* Exactly `count` digits. */
static bool take_fixed(const char **at, int count, int *value)
{
    *value = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool take_one_of(const char **at, const char *allowed)
{
    if (**at == '\0' || strchr(allowed, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

/* Days since 1970-01-01 (Hinnant, as in the wire engine's bus_time_text). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* "Z" or "+hh:mm"; in minutes. */
static bool take_zone(const char **at, int *minutes)
{
    bool west = **at == '-';
    int hours;
    int rest;

    *minutes = 0;
    if (take_one_of(at, "Zz"))
        return true;
    if (!take_one_of(at, "+-") || !take_fixed(at, 2, &hours) || !take_one_of(at, ":") ||
        !take_fixed(at, 2, &rest) || hours > 23 || rest > 59)
        return false;
    *minutes = (west ? -1 : 1) * (hours * 60 + rest);
    return true;
}

bool codec_parse_time(const char *text, int64_t *time_ns)
{
    const char *at = text;
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int zone;
    int64_t seconds;
    int64_t fraction = 0;
    int64_t unit = 100000000;

    if (!take_fixed(&at, 4, &year) || !take_one_of(&at, "-") || !take_fixed(&at, 2, &month) ||
        !take_one_of(&at, "-") || !take_fixed(&at, 2, &day) || !take_one_of(&at, "Tt ") ||
        !take_fixed(&at, 2, &hour) || !take_one_of(&at, ":") || !take_fixed(&at, 2, &minute) ||
        !take_one_of(&at, ":") || !take_fixed(&at, 2, &second))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    if (*at == '.') {
        at++;
        if (*at < '0' || *at > '9')
            return false;
        for (; *at >= '0' && *at <= '9'; at++, unit /= 10) {
            if (unit == 0)
                return false;
            fraction += (*at - '0') * unit;
        }
    }
    if (!take_zone(&at, &zone) || *at != '\0')
        return false;
    seconds = days_of(year, month, day) * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    /* Towards the past the fraction moves the value back into range. */
    if (seconds < 0 && fraction != 0) {
        seconds++;
        fraction -= 1000000000;
    }
    return !__builtin_mul_overflow(seconds, INT64_C(1000000000), time_ns) &&
           !__builtin_add_overflow(*time_ns, fraction, time_ns);
}

bool codec_parse_duration(const char *text, int64_t *duration_ns)
{
    static const struct {
        const char *name;
        int64_t size;
    } units[] = {{"ns", 1},         {"us", 1000},       {"ms", 1000000},
                 {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    bool negative = *text == '-';
    uint64_t count;
    int64_t signed_count;

    text += negative;
    if (!take_digits(&text, (uint64_t)INT64_MAX + negative, &count))
        return false;
    signed_count = negative ? (int64_t)(0 - count) : (int64_t)count;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text, units[i].name) == 0)
            return !__builtin_mul_overflow(signed_count, units[i].size, duration_ns);
    }
    return false;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool codec_parse_uuid(const char *text, struct bus_uuid *uuid)
{
    uint64_t halves[2] = {0, 0};
    int nibbles = 0;

    for (size_t i = 0; i < 36; i++) {
        int digit;

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            continue;
        }
        digit = hex_digit(text[i]);
        if (digit < 0)
            return false;
        halves[nibbles / 16] = halves[nibbles / 16] << 4 | (uint64_t)digit;
        nibbles++;
    }
    uuid->high = halves[0];
    uuid->low = halves[1];
    return text[36] == '\0';
}

static int base64_digit(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

bool codec_parse_base64(const char *text, size_t size, uint8_t *bytes, size_t *count)
{
    uint32_t bits = 0;
    int have = 0;
    size_t padding = 0;

    *count = 0;
    if (size % 4 != 0)
        return false;
    while (padding < 2 && size > 0 && text[size - 1] == '=') {
        size--;
        padding++;
    }
    for (size_t i = 0; i < size; i++) {
        int digit = base64_digit(text[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[(*count)++] = (uint8_t)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    /* What is left over of the last character must be nothing. */
    return bits == 0;
}
