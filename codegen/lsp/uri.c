/* uri.c - file URIs and paths. */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must_allocate(size), text, size);
}

static int hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* In place; false: not a path. */
static bool decode(char *text)
{
    char *out = text;

    for (; *text != '\0'; text++) {
        int high = *text == '%' ? hex(text[1]) : -1;
        int low = high >= 0 ? hex(text[2]) : -1;

        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        if (low < 0 || high * 16 + low == 0)
            return false;
        *out++ = (char)(high * 16 + low);
        text += 2;
    }
    *out = '\0';
    return true;
}

/* An absolute path without "." and ".." and double slashes, in place: as the compiler does it. */
static void normalise(char *path)
{
    char *out = path;

    for (const char *at = path; *at != '\0';) {
        size_t size = strcspn(at, "/");

        if (size == 2 && at[0] == '.' && at[1] == '.') {
            while (out > path && *--out != '/')
                ;
        } else if (size > 0 && !(size == 1 && *at == '.')) {
            *out++ = '/';
            memmove(out, at, size);
            out += size;
        }
        at += size;
        at += *at == '/';
    }
    *out = '\0';
}

char *uri_path(const char *uri)
{
    static const char scheme[] = "file://";
    bool file = strncmp(uri, scheme, sizeof scheme - 1) == 0;
    char *path;

    if (*uri == '\0')
        return NULL;
    if (!file)
        return copy_of(uri);
    uri += sizeof scheme - 1;
    uri += strcspn(uri, "/"); /* a host: this one */
    path = copy_of(uri);
    if (*path != '/' || !decode(path)) {
        free(path);
        return NULL;
    }
    normalise(path);
    return path;
}

json_t *uri_of_path(const char *path)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    static const char digits[] = "0123456789ABCDEF";
    struct memory memory = {0};
    char *uri = allocate(&memory, strlen("file://") + 3 * strlen(path) + 1);
    char *out = uri + strlen("file://");
    json_t *json;

    if (*path != '/')
        return json_text(path);
    memcpy(uri, "file://", strlen("file://"));
    for (; *path != '\0'; path++) {
        unsigned char byte = (unsigned char)*path;

        if (strchr(plain, *path) != NULL) {
            *out++ = *path;
            continue;
        }
        *out++ = '%';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    json = json_string(uri);
    free_all(&memory);
    return json;
}
