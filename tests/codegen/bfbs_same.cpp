// bfbs_same OURS FLATC ... - pairs of binary schemas say the same, as Google's library reads them:
// each valid for its verifier, and of both all that reflection.fbs knows. Ends with 1 at the first
// pair that differs.
#include <flatbuffers/reflection_generated.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

namespace
{

std::string read(const char *path)
{
    std::ifstream file(path, std::ios::binary);

    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Dump
{
  public:
    explicit Dump(const reflection::Schema &schema)
    {
        item("identifier", schema.file_ident());
        item("extension", schema.file_ext());
        out << "features " << static_cast<uint64_t>(schema.advanced_features()) << "\n";
        out << "root " << (schema.root_table() != nullptr) << "\n";
        present("services", schema.services());
        present("files", schema.fbs_files());
        for (const auto *file : *schema.fbs_files()) {
            item("name", file->filename());
            for (const auto *included : *file->included_filenames())
                item("included", included);
        }
        for (const auto *object : *schema.objects())
            put(*object);
        for (const auto *enumeration : *schema.enums())
            put(*enumeration);
    }
    std::string text() const
    {
        return out.str();
    }

  private:
    std::ostringstream out;

    void item(const char *what, const flatbuffers::String *text)
    {
        out << what << " " << (text != nullptr ? "'" + text->str() + "'" : "absent") << "\n";
    }
    template <class Items> void present(const char *what, const Items *items)
    {
        out << what << " " << (items != nullptr ? static_cast<long>(items->size()) : -1L) << "\n";
    }
    template <class Declared> void common(const Declared &declared)
    {
        item("name", declared.name());
        present("attributes", declared.attributes());
        present("documentation", declared.documentation());
    }
    void put(const char *what, const reflection::Type *type)
    {
        out << what;
        if (type != nullptr)
            out << " " << type->base_type() << " " << type->element() << " index " << type->index()
                << " length " << type->fixed_length() << " sizes " << type->base_size() << " "
                << type->element_size();
        out << "\n";
    }
    void put(const reflection::Object &object)
    {
        out << "object\n";
        common(object);
        item("file", object.declaration_file());
        out << object.is_struct() << " align " << object.minalign() << " size " << object.bytesize()
            << "\n";
        for (const auto *field : *object.fields()) {
            common(*field);
            put("type", field->type());
            out << field->id() << " at " << field->offset() << " padding " << field->padding()
                << " default " << field->default_integer() << " " << std::hexfloat
                << field->default_real() << " deprecated " << field->deprecated() << " required "
                << field->required() << " key " << field->key() << " optional " << field->optional()
                << "\n";
        }
    }
    void put(const reflection::Enum &enumeration)
    {
        out << "enum\n";
        common(enumeration);
        item("file", enumeration.declaration_file());
        put("underlying", enumeration.underlying_type());
        out << "union " << enumeration.is_union() << "\n";
        for (const auto *value : *enumeration.values()) {
            item("value", value->name());
            out << value->value() << "\n";
            present("documentation", value->documentation());
            put("arm", value->union_type());
        }
    }
};

std::string dump(const char *path)
{
    std::string bytes = read(path);
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());

    if (!reflection::VerifySchemaBuffer(verifier)) {
        std::cerr << path << ": no schema for Google's verifier\n";
        std::exit(1);
    }
    return Dump(*reflection::GetSchema(bytes.data())).text();
}

} // namespace

int main(int count, char **arguments)
{
    for (int i = 1; i + 1 < count; i += 2) {
        std::istringstream ours(dump(arguments[i])), theirs(dump(arguments[i + 1]));
        std::string our_line, their_line, name;

        while (true) {
            bool more = static_cast<bool>(std::getline(ours, our_line));
            bool others = static_cast<bool>(std::getline(theirs, their_line));

            if (!more && !others)
                break;
            if (more != others || our_line != their_line) {
                std::cerr << arguments[i] << ": behind " << name << ": '" << our_line << "', not '"
                          << their_line << "'\n";
                return 1;
            }
            if (our_line.rfind("name ", 0) == 0)
                name = our_line;
        }
    }
    return 0;
}
