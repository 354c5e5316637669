// google.cpp - Google's FlatBuffers for C++ on one thread. One builder, cleared and used again.
#include "google.h"

namespace
{
double encode(uint64_t count)
{
    flatbuffers::FlatBufferBuilder builder(256);
    const uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        build(builder, i);
        touched(builder.GetBufferPointer());
    }
    return static_cast<double>(now_ns() - begin) / static_cast<double>(count);
}

static double decode(uint64_t count, bool verify)
{
    alignas(8) uint8_t bytes[16][128];
    size_t sizes[16];
    flatbuffers::FlatBufferBuilder builder(256);
    uint64_t sum = 0;

    for (uint64_t i = 0; i < 16; i++) {
        build(builder, i);
        sizes[i] = builder.GetSize();
        if (sizes[i] > sizeof bytes[i])
            return -1;
        memcpy(bytes[i], builder.GetBufferPointer(), sizes[i]);
    }
    const uint64_t begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        touched(bytes);
        if (verify) {
            flatbuffers::Verifier verifier(bytes[i & 15], sizes[i & 15]);

            if (!google::VerifyOrderPlacedBuffer(verifier))
                return -1;
        }
        sum += sum_of(google::GetOrderPlaced(bytes[i & 15]));
    }
    const uint64_t took = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16)
               ? static_cast<double>(took) / static_cast<double>(count)
               : -1;
}

double decode_all(uint64_t count)
{
    return decode(count, false);
}

double verify_decode(uint64_t count)
{
    return decode(count, true);
}

const struct contestant contestants[] = {
    {"encode", "google flatbuffers", "FlatBufferBuilder, cleared and used again; 112 bytes", encode,
     nullptr, nullptr, nullptr, nullptr},
    {"decode", "google flatbuffers", "generated accessors, all fields read", decode_all, nullptr,
     nullptr, nullptr, nullptr},
    {"verify+decode", "google flatbuffers", "Verifier, then generated accessors", verify_decode,
     nullptr, nullptr, nullptr, nullptr},
    {},
};
} // namespace

extern "C" const struct group google_group;
const struct group google_group = {"Google FlatBuffers", nullptr, nullptr, contestants};
