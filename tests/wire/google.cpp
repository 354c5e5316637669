/* google.cpp - see google.h. */
#include "google.h"

#include "common_generated.h"
#include "every_generated.h"
#include "nested_generated.h"
#include "wide_generated.h"

#include <flatbuffers/idl.h>
#include <flatbuffers/reflection.h>
#include <flatbuffers/util.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

namespace
{

struct schema {
    flatbuffers::Parser parser;
    std::string binary; /* the schema as a .bfbs */

    explicit schema(const flatbuffers::IDLOptions &options) : parser(options)
    {
    }
};

std::map<std::string, std::unique_ptr<schema>> schemas;

/* "every.ask.unknown" is the table every.ask_unknown */
std::string table_name(const char *type)
{
    std::string name = type;
    size_t dot = name.find('.');
    size_t second = name.find('.', dot + 1);

    if (second != std::string::npos)
        name[second] = '_';
    return name;
}

schema &schema_of(const char *type)
{
    std::string name = type;

    return *schemas.at(name.substr(0, name.find('.')));
}

uint8_t *copy_of(const flatbuffers::FlatBufferBuilder &builder, size_t *size)
{
    void *copy = nullptr;

    *size = builder.GetSize();
    /* Exactly as long as the buffer, so that a sanitizer sees one byte too many. */
    if (posix_memalign(&copy, 8, *size) != 0)
        abort();
    memcpy(copy, builder.GetBufferPointer(), *size);
    return static_cast<uint8_t *>(copy);
}

using verifier = bool (*)(flatbuffers::Verifier &);

template <typename T> bool verify(flatbuffers::Verifier &v)
{
    return v.VerifyBuffer<T>(nullptr);
}

const std::map<std::string, verifier> verifiers = {
    {"every.scalars", verify<every::scalars>},
    {"every.defaults", verify<every::defaults>},
    {"every.optionals", verify<every::optionals>},
    {"every.enums", verify<every::enums>},
    {"every.fixed", verify<every::fixed>},
    {"every.tables", verify<every::tables>},
    {"every.unions", verify<every::unions>},
    {"every.vectors", verify<every::vectors>},
    {"every.history", verify<every::history>},
    {"every.secrets", verify<every::secrets>},
    {"every.nothing", verify<every::nothing>},
    {"every.only_removed", verify<every::only_removed>},
    {"every.ask", verify<every::ask>},
    {"every.ask_ok", verify<every::ask_ok>},
    {"every.ask_unknown", verify<every::ask_unknown>},
    {"nested.book", verify<nested::book>},
    {"nested.drawing", verify<nested::drawing>},
    {"nested.mixture", verify<nested::mixture>},
    {"wide.samples", verify<wide::samples>},
    {"wide.blob", verify<wide::blob>},
    {"wide.rows", verify<wide::rows>},
    {"wide.columns", verify<wide::columns>},
    {"wide.store", verify<wide::store>},
    {"wide.store_ok", verify<wide::store_ok>},
    {"wide.store_full", verify<wide::store_full>},
};

} // namespace

void google_open(const char *folder)
{
    flatbuffers::IDLOptions options;

    options.strict_json = true;
    for (const char *name : {"common", "every", "nested", "wide"}) {
        std::string path = std::string(folder) + "/" + name + ".fbs";
        const char *roots[] = {folder, nullptr};
        std::unique_ptr<schema> made(new schema(options));
        std::string text;

        if (!flatbuffers::LoadFile(path.c_str(), false, &text) ||
            !made->parser.Parse(text.c_str(), roots, path.c_str())) {
            fprintf(stderr, "%s: %s\n", path.c_str(), made->parser.error_.c_str());
            exit(1);
        }
        made->parser.Serialize();
        made->binary.assign(
            reinterpret_cast<const char *>(made->parser.builder_.GetBufferPointer()),
            made->parser.builder_.GetSize());
        schemas[name] = std::move(made);
    }
}

void google_close(void)
{
    schemas.clear();
}

bool google_verify(const char *type, const uint8_t *bytes, size_t size, bool *known)
{
    auto found = verifiers.find(table_name(type));
    flatbuffers::Verifier v(bytes, size);

    *known = found != verifiers.end();
    return *known && found->second(v);
}

bool google_copy(const char *type, const uint8_t *bytes, bool pool, uint8_t **copy, size_t *size)
{
    const reflection::Schema *all = reflection::GetSchema(schema_of(type).binary.data());
    const reflection::Object *object = all->objects()->LookupByKey(table_name(type).c_str());
    flatbuffers::FlatBufferBuilder builder;

    if (object == nullptr)
        return false;
    builder.Finish(
        flatbuffers::CopyTable(builder, *all, *object, *flatbuffers::GetAnyRoot(bytes), pool));
    *copy = copy_of(builder, size);
    return true;
}

char *google_to_json(const char *type, const uint8_t *bytes)
{
    schema &known = schema_of(type);
    std::string text;

    if (!known.parser.SetRootType(table_name(type).c_str()) ||
        !flatbuffers::GenerateText(known.parser, bytes, &text))
        return nullptr;
    return strdup(text.c_str());
}

bool google_from_json(const char *type, const char *json, uint8_t **bytes, size_t *size, char *why,
                      size_t why_size)
{
    schema &known = schema_of(type);

    if (!known.parser.SetRootType(table_name(type).c_str()) || !known.parser.Parse(json)) {
        snprintf(why, why_size, "%s", known.parser.error_.c_str());
        return false;
    }
    *bytes = copy_of(known.parser.builder_, size);
    return true;
}
