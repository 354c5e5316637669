/* json.c - the figures for programs: see report.h. */
#include <jansson.h>
#include <stdio.h>

#include "report.h"

static json_t *object_of(const struct case_result *result, const struct line *line,
                         const struct figure_summary *figure)
{
    char name[100];

    snprintf(name, sizeof name, "%s%s%s", result->bench->name,
             line->contestant->figures != NULL ? "/" : "",
             line->contestant->figures != NULL ? figure->name : "");
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:i, s:f, s:s, s:i}", "case", name,
                     "contestant", line->contestant->name, "unit", figure->unit, "min", figure->min,
                     "median", figure->median, "max", figure->max, "runs", line->runs,
                     "pingpong_ns", line->pingpong, "distance", result->distance, "mixed_runs",
                     line->mixed);
}

/* Latencies are one object: that of the p50, with the others as members. */
static void add_line(json_t *list, const struct case_result *result, const struct line *line)
{
    bool latency = line->histogram != NULL;

    for (unsigned i = 0; i < line->count && (i == 0 || !latency); i++) {
        json_t *object = object_of(result, line, &line->figures[i]);

        for (unsigned p = 0; latency && p < line->count; p++)
            json_object_set_new(object, line->figures[p].name, json_real(line->figures[p].median));
        if (line->others > 0)
            json_object_set_new(
                object, result->distance[0] == 'n' ? "far" : "near",
                json_pack("{s:f, s:i}", "median", line->other_median, "runs", line->others));
        json_array_append_new(list, object);
    }
}

bool report_json(const char *path, const struct case_result *results)
{
    json_t *list = json_array();
    int status;

    for (const struct case_result *result = results; result != NULL; result = result->next)
        for (unsigned i = 0; i < result->count; i++)
            if (result->lines[i].runs > 0 && !result->lines[i].failed)
                add_line(list, result, &result->lines[i]);
    status = json_dump_file(list, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    json_decref(list);
    if (status != 0)
        perror(path);
    return status == 0;
}
