/*
 * dashboard_test FILE - the file is a dashboard as Grafana reads it: its panels lie beside each
 * other, each asks the data source that the reader chose. Prints each query on a line, with the
 * reader's choices filled in, for promtool.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 24, ROWS = 1000, IDS = 1000 };

static char taken[ROWS][COLUMNS];
static int used[IDS];

static void fail(const char *what, const char *where)
{
    fprintf(stderr, "%s: %s\n", where, what);
    exit(1);
}

static json_t *at(const json_t *object, const char *key, json_type type)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL || json_typeof(value) != type)
        fail("is not there, or of another type", key);
    return value;
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(at(object, key, JSON_STRING));
}

static int number_at(const json_t *object, const char *key)
{
    return (int)json_integer_value(at(object, key, JSON_INTEGER));
}

static void check_source(const json_t *object)
{
    const json_t *source = at(object, "datasource", JSON_OBJECT);

    if (strcmp(text_at(source, "type"), "prometheus") != 0 ||
        strcmp(text_at(source, "uid"), "${datasource}") != 0)
        fail("asks another data source", "datasource");
}

static void check_place(const json_t *panel, const char *title)
{
    const json_t *place = at(panel, "gridPos", JSON_OBJECT);
    int x = number_at(place, "x"), y = number_at(place, "y");
    int w = number_at(place, "w"), h = number_at(place, "h");

    if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS || y + h > ROWS)
        fail("does not fit the grid", title);
    for (int row = y; row < y + h; row++)
        for (int column = x; column < x + w; column++)
            if (taken[row][column]++ != 0)
                fail("lies on another panel", title);
}

/* `$job` and its like as one of their values. */
static void print_query(const char *expr)
{
    static const char *const choices[][2] = {
        {"$__rate_interval", "5m"}, {"$instance", ".+"}, {"$job", ".+"}};

    while (*expr != '\0') {
        size_t i = 0, count = sizeof(choices) / sizeof(*choices);

        while (i < count && strncmp(expr, choices[i][0], strlen(choices[i][0])) != 0)
            i++;
        if (i < count) {
            fputs(choices[i][1], stdout);
            expr += strlen(choices[i][0]);
            continue;
        }
        if (*expr == '$' || *expr == '"' || *expr == '\\')
            fail("a variable that is not there, or a quote", expr);
        putchar(*expr++);
    }
    putchar('\n');
}

static void check_panel(const json_t *panel)
{
    const char *title = text_at(panel, "title"), *type = text_at(panel, "type");
    int id = number_at(panel, "id");
    const json_t *targets, *target;
    size_t i;

    check_place(panel, title);
    if (id < 1 || id >= IDS || used[id]++ != 0)
        fail("its id is used twice", title);
    if (strcmp(type, "row") == 0) {
        if (json_array_size(at(panel, "panels", JSON_ARRAY)) != 0 ||
            !json_is_false(json_object_get(panel, "collapsed")))
            fail("a heading with panels of its own", title);
        return;
    }
    if (strcmp(type, "timeseries") != 0 && strcmp(type, "stat") != 0)
        fail("a type that is not known", type);
    check_source(panel);
    (void)text_at(at(at(panel, "fieldConfig", JSON_OBJECT), "defaults", JSON_OBJECT), "unit");
    (void)at(at(panel, "fieldConfig", JSON_OBJECT), "overrides", JSON_ARRAY);
    (void)at(panel, "options", JSON_OBJECT);
    targets = at(panel, "targets", JSON_ARRAY);
    if (json_array_size(targets) == 0)
        fail("asks nothing", title);
    json_array_foreach(targets, i, target)
    {
        const char name[2] = {(char)('A' + i), '\0'};

        check_source(target);
        if (strcmp(text_at(target, "refId"), name) != 0)
            fail("queries are not A, B, ...", title);
        (void)text_at(target, "legendFormat");
        print_query(text_at(target, "expr"));
    }
}

static void check_variables(const json_t *root)
{
    static const char *const names[] = {"datasource", "job", "instance"};
    const json_t *list = at(at(root, "templating", JSON_OBJECT), "list", JSON_ARRAY), *one;
    size_t i;

    if (json_array_size(list) != 3)
        fail("there are not three variables", "templating");
    json_array_foreach(list, i, one)
    {
        if (strcmp(text_at(one, "name"), names[i]) != 0)
            fail("is not the variable expected", text_at(one, "name"));
        if (i == 0) {
            if (strcmp(text_at(one, "type"), "datasource") != 0 ||
                strcmp(text_at(one, "query"), "prometheus") != 0)
                fail("is no choice of Prometheus", "datasource");
            continue;
        }
        if (strcmp(text_at(one, "type"), "query") != 0)
            fail("is not asked of the data source", names[i]);
        check_source(one);
        if (strncmp(text_at(at(one, "query", JSON_OBJECT), "query"), "label_values(", 13) != 0)
            fail("are no values of a label", names[i]);
    }
}

int main(int count, char **arguments)
{
    json_error_t error;
    json_t *root = json_load_file(count > 1 ? arguments[1] : "", JSON_REJECT_DUPLICATES, &error);
    const json_t *panel;
    size_t i;

    if (root == NULL)
        fail(error.text, "the file");
    (void)text_at(root, "title");
    if (number_at(root, "schemaVersion") < 39)
        fail("is old", "schemaVersion");
    (void)at(at(root, "annotations", JSON_OBJECT), "list", JSON_ARRAY);
    (void)text_at(at(root, "time", JSON_OBJECT), "from");
    check_variables(root);
    json_array_foreach(at(root, "panels", JSON_ARRAY), i, panel) check_panel(panel);
    json_decref(root);
    return 0;
}
