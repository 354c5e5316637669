/*
 * witness.c - a message that shows a finding.
 *
 * Nothing here is told from the rule: the message is packed with the description of one version and
 * read with that of the other, and what is told is what came of it. Where no try shows a difference
 * nothing is told.
 */
#include "breaking/internal.h"
#include "breaking/sample.h"

#include "codec/codec.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_VALUE = 100 };

/* What one reader made of bytes. */
struct reading {
    bool refused;
    char why[320];
    json_t *json; /* the whole message */
};

static void read_bytes(const struct idl_table *body, const uint8_t *bytes, size_t size,
                       struct reading *reading)
{
    struct codec_options options = {.compact = true};
    struct codec_error error;
    char *json;
    enum codec_status status = codec_decode(body, bytes, size, &options, &json, &error);

    memset(reading, 0, sizeof(*reading));
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    reading->refused = status == CODEC_REFUSED;
    memcpy(reading->why, error.text, sizeof(reading->why));
    if (reading->refused)
        return;
    reading->json = must_load_json(json, strlen(json), JSON_ALLOW_NUL, NULL);
    free(json);
    if (reading->json == NULL)
        out_of_memory(); /* the codec writes nothing else than JSON */
}

/* The value at the end of the way, as one side names it; NULL: there is none. `arm`: that of a
 * union instead of what is in it. */
static const json_t *value_at(const json_t *json, const struct breaking_way *const *steps,
                              size_t count, bool newer)
{
    char name[IDL_NAME_MAX + 8];

    for (size_t i = 1; i < count && json != NULL; i++) {
        const struct idl_field *field = newer ? steps[i]->new_field : steps[i]->old_field;
        bool arm = field != NULL && field->type.kind == IDL_UNION && i + 1 == count;

        if (field == NULL)
            return NULL;
        snprintf(name, sizeof(name), "%s%s", field->decl.name, arm ? "_type" : "");
        json = json_object_get(json, name);
        if (i + 1 < count && json_is_array(json))
            json = json_array_get(json, 0);
    }
    return json;
}

/* Text of a value, cut short. */
static const char *show(struct memory *memory, const json_t *value)
{
    char *text;
    const char *shown;
    size_t size;
    size_t cut = SHOWN_VALUE;

    if (value == NULL)
        return "nothing";
    text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL)
        out_of_memory();
    size = strlen(text);
    if (size > SHOWN_VALUE) {
        while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
            cut--;
        text[cut] = '\0';
    }
    shown = join(memory, text, size > SHOWN_VALUE ? "..." : "", NULL);
    free(text);
    return shown;
}

static const struct breaking_way *root_of(const struct breaking_finding *finding)
{
    const struct breaking_way *root = finding->way;

    while (root->up != NULL)
        root = root->up;
    return root;
}

static const char *side(bool newer)
{
    return newer ? "the newer" : "the older";
}

/* "the older writes {...} in 24 bytes" */
static const char *written(struct memory *memory, const struct sample *sample, size_t size,
                           bool newer)
{
    return join(memory, side(newer), " writes ", sample->shown.data, " in ", decimal(memory, size),
                " bytes; ", NULL);
}

/* ---- values ---- */

/* Writes with one side, reads with the other; NULL: it reads the same. */
static const char *compare_readings(struct memory *memory, const struct breaking_finding *finding,
                                    const struct idl_table *writer, const struct idl_table *reader,
                                    const struct sample *sample, bool newer)
{
    const struct breaking_way *steps[SAMPLE_STEPS_MAX];
    size_t count = sample_steps(finding->way, steps);
    struct codec_error error;
    struct reading own;
    struct reading other;
    const char *text = NULL;
    uint8_t *bytes;
    size_t size;
    enum codec_status status =
        codec_encode(writer, sample->json.data, sample->json.size, &bytes, &size, &error);

    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    if (status != CODEC_OK)
        return NULL;
    read_bytes(writer, bytes, size, &own);
    read_bytes(reader, bytes, size, &other);
    free(bytes);
    if (other.refused && !own.refused) {
        text = join(memory, written(memory, sample, size, newer), side(!newer),
                    " refuses it: ", other.why, NULL);
    } else if (!own.refused) {
        const json_t *meant = value_at(own.json, steps, count, newer);
        const json_t *got = value_at(other.json, steps, count, !newer);

        if (!json_equal(meant, got) && (meant != NULL || got != NULL))
            text = join(memory, written(memory, sample, size, newer), side(!newer), " reads ",
                        show(memory, got), ", not ", show(memory, meant), NULL);
        else if (!json_equal(own.json, other.json))
            text = join(memory, written(memory, sample, size, newer), side(!newer), " reads ",
                        show(memory, other.json), NULL);
    }
    json_decref(own.json);
    json_decref(other.json);
    return text;
}

static const char *try_side(struct memory *memory, const struct breaking_finding *finding,
                            bool newer)
{
    const struct breaking_way *root = root_of(finding);
    const char *text = NULL;

    if (sample_body(root, newer) == NULL || sample_body(root, !newer) == NULL)
        return NULL;
    for (unsigned attempt = 0; attempt < SAMPLE_TRIES && text == NULL; attempt++) {
        struct sample sample;

        if (sample_make(&sample, finding, newer, attempt))
            text = compare_readings(memory, finding, sample_body(root, newer),
                                    sample_body(root, !newer), &sample, newer);
        sample_free(&sample);
    }
    return text;
}

/* A body that only one side has: of a message or an answer. */
static const char *unknown_body(struct memory *memory, const struct breaking_finding *finding,
                                const struct idl_table *body, bool newer)
{
    const struct idl_message *message = newer ? finding->new_message : finding->old_message;
    const struct idl_bus *bus = newer ? finding->old_bus : finding->new_bus;
    struct codec_error error;
    struct sample sample;
    const char *text = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    char id[24];

    if (sample_make(&sample, finding, newer, 0)) {
        enum codec_status status =
            codec_encode(body, sample.json.data, sample.json.size, &bytes, &size, &error);

        if (status == CODEC_OUT_OF_MEMORY)
            out_of_memory();
        if (status == CODEC_OK && message == NULL)
            text = join(memory, written(memory, &sample, size, newer), side(!newer),
                        " has no answer '", body->decl.name, "' to read it as", NULL);
        if (status == CODEC_OK && message != NULL) {
            for (uint32_t i = 0; i < bus->message_count + bus->older_count; i++)
                if (bus->messages[i]->id == message->id)
                    status = CODEC_REFUSED; /* it is known */
            snprintf(id, sizeof(id), "%016" PRIx64, message->id);
            if (status == CODEC_OK)
                text = join(memory, written(memory, &sample, size, newer), side(!newer),
                            " has no message of its identity, ", id, NULL);
        }
    }
    free(bytes);
    sample_free(&sample);
    return text;
}

static const char *find_value(struct memory *memory, const struct breaking_finding *finding)
{
    const struct breaking_way *root = root_of(finding);
    const char *text = NULL;

    if (root->new_body == NULL)
        return unknown_body(memory, finding, root->old_body, false);
    if (root->old_body == NULL)
        return unknown_body(memory, finding, root->new_body, true);
    if (finding->directions & BREAKING_OLD_BYTES)
        text = try_side(memory, finding, false);
    if (text == NULL && (finding->directions & BREAKING_NEW_BYTES))
        text = try_side(memory, finding, true);
    return text;
}

/* ---- defaults ---- */

/* The table that has the field at the end of the way. */
static const struct idl_table *owner_of(const struct breaking_way *way, bool newer)
{
    const struct breaking_way *up = way->up;
    const struct idl_field *field = newer ? up->new_field : up->old_field;
    const struct idl_union_arm *arm = newer ? up->new_arm : up->old_arm;

    if (up->up == NULL)
        return sample_body(up, newer);
    if (field->type.kind == IDL_UNION)
        return arm != NULL ? arm->table : NULL;
    return field->type.kind == IDL_TABLE ? field->type.table : NULL;
}

/* Bytes of a writer that does not know the field, read by both. The field is optional for it: what
 * is absent is as if it was not known. */
static const char *find_default(struct memory *memory, const struct breaking_finding *finding)
{
    const struct idl_field *before = finding->way->old_field;
    const struct idl_field *now = finding->way->new_field;
    const struct idl_table *older = owner_of(finding->way, false);
    const struct idl_table *newer = owner_of(finding->way, true);
    struct codec_error error;
    struct idl_table writer;
    struct idl_field *fields;
    struct reading readings[2];
    const char *text = NULL;
    uint8_t *bytes;
    size_t size;
    enum codec_status status;

    if (older == NULL || newer == NULL)
        return NULL;
    writer = *older;
    fields = allocate(memory, (older->field_count + 1) * sizeof(*fields));
    memcpy(fields, older->fields, older->field_count * sizeof(*fields));
    fields[before - older->fields].type.optional = true;
    writer.fields = fields;
    status = codec_encode(&writer, "{}", 2, &bytes, &size, &error);
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    if (status != CODEC_OK)
        return NULL;
    read_bytes(older, bytes, size, &readings[0]);
    read_bytes(newer, bytes, size, &readings[1]);
    free(bytes);
    if (!readings[0].refused && !readings[1].refused) {
        const json_t *first = json_object_get(readings[0].json, before->decl.name);
        const json_t *second = json_object_get(readings[1].json, now->decl.name);

        if (!json_equal(first, second))
            text = join(memory, "of ", decimal(memory, size), " bytes that do not have the field, ",
                        "the older reads ", show(memory, first), ", the newer ",
                        show(memory, second), NULL);
    }
    json_decref(readings[0].json);
    json_decref(readings[1].json);
    return text;
}

/* ---- messages of the older ---- */

/* A message that holds what the finding is about, as the older packs it. False: there is none, or
 * one side has no such body. `sample` and *bytes are to be freed in any case. */
static bool pack_older(const struct breaking_finding *finding, struct sample *sample,
                       uint8_t **bytes, size_t *size)
{
    const struct breaking_way *root = root_of(finding);
    struct codec_error error;
    enum codec_status status;

    memset(sample, 0, sizeof(*sample));
    *bytes = NULL;
    if (root->old_body == NULL || root->new_body == NULL || !sample_make(sample, finding, false, 0))
        return false;
    status =
        codec_encode(root->old_body, sample->json.data, sample->json.size, bytes, size, &error);
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    return status == CODEC_OK;
}

/* What logs and listings show of it, before and now; NULL: the same. */
static const char *find_shown(struct memory *memory, const struct breaking_finding *finding)
{
    enum { LINE = 200 };
    const struct breaking_way *root = root_of(finding);
    struct codec_error error;
    struct sample sample;
    const char *text = NULL;
    uint8_t *bytes;
    size_t size;
    char lines[2][LINE];

    if (pack_older(finding, &sample, &bytes, &size)) {
        enum codec_status status = codec_print(root->old_body, bytes, size, lines[0], LINE, &error);

        if (status == CODEC_OK)
            status = codec_print(root->new_body, bytes, size, lines[1], LINE, &error);
        if (status == CODEC_OUT_OF_MEMORY)
            out_of_memory();
        if (status == CODEC_OK && strcmp(lines[0], lines[1]) != 0)
            text = join(memory, sample.shown.data, ": logs of the older show ", lines[0],
                        ", those of the newer ", lines[1], NULL);
    }
    free(bytes);
    sample_free(&sample);
    return text;
}

/* Its JSON, packed by the newer; NULL: it does that. */
static const char *find_json(struct memory *memory, const struct breaking_finding *finding)
{
    struct codec_error error;
    struct sample sample;
    const char *text = NULL;
    uint8_t *bytes;
    size_t size;

    if (pack_older(finding, &sample, &bytes, &size)) {
        enum codec_status status;

        free(bytes);
        status = codec_encode(root_of(finding)->new_body, sample.json.data, sample.json.size,
                              &bytes, &size, &error);
        if (status == CODEC_OUT_OF_MEMORY)
            out_of_memory();
        if (status == CODEC_REFUSED)
            text = join(memory, "the older takes ", sample.shown.data,
                        "; the newer refuses it: ", error.text, NULL);
    }
    free(bytes);
    sample_free(&sample);
    return text;
}

/* ---- all ---- */

const char *breaking_witness(struct memory *memory, const struct breaking_finding *finding)
{
    const char *text = NULL;

    if (finding->probe == BREAKING_NOTHING || finding->way == NULL)
        return NULL;
    if (finding->probe == BREAKING_MESSAGE)
        return breaking_effect(memory, finding);
    if (finding->probe == BREAKING_SHOWN)
        return find_shown(memory, finding);
    if (finding->rule == &breaking_rule_table[BREAKING_DEFAULT])
        return find_default(memory, finding);
    if (finding->categories & BREAKING_WIRE)
        text = find_value(memory, finding);
    if (text == NULL && (finding->categories & BREAKING_JSON))
        text = find_json(memory, finding);
    return text;
}
