/* report_github.c - findings as workflow commands of GitHub Actions, which shows them at their
 * lines: ::error file=shop.bus,line=7,col=14,title=unknown-type::unknown type 'strng' */
#include "command/command.h"

#include <stdio.h>
#include <string.h>

/* `property`: also what separates properties. */
static void put_escaped(const char *text, bool property)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            printf("%%%02X", c);
        else
            putchar(c);
    }
}

static void put_place(struct idl_span span)
{
    struct idl_place place = idl_place_of(span.file, span.start);

    put_escaped(span.file->path, false);
    printf(":%u:%u: ", (unsigned)place.line, (unsigned)place.column);
}

static void put_other(struct idl_span span, const char *text)
{
    printf("%%0A");
    put_place(span);
    put_escaped(text != NULL ? text : "see here", false);
}

void github_finding(const struct idl_diagnostic *diagnostic)
{
    struct idl_span span = diagnostic->span;

    printf("::%s ", diagnostic->severity == IDL_ERROR ? "error" : "warning");
    if (span.file != NULL) {
        struct idl_place start = idl_place_of(span.file, span.start);
        struct idl_place end = idl_place_of(span.file, span.end);

        printf("file=");
        put_escaped(span.file->path, true);
        printf(",line=%u,endLine=%u,col=%u,endColumn=%u,", (unsigned)start.line, (unsigned)end.line,
               (unsigned)start.column, (unsigned)end.column);
    }
    printf("title=%s::", diagnostic->rule);
    put_escaped(diagnostic->text, false);
    if (diagnostic->partner.file != NULL)
        put_other(diagnostic->partner, diagnostic->partner_text);
    for (uint32_t i = 0; i < diagnostic->note_count; i++)
        put_other(diagnostic->notes[i].span, diagnostic->notes[i].text);
    if (diagnostic->witness != NULL) {
        printf("%%0Awitness: ");
        put_escaped(diagnostic->witness, false);
    }
    if (diagnostic->advice != NULL) {
        printf("%%0Ahelp: ");
        put_escaped(diagnostic->advice, false);
    }
    putchar('\n');
}
