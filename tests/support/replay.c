/*
 * Runs a fuzz target over files instead of random bytes: for trees without libFuzzer, and to look
 * at a finding in a debugger. Arguments are files and folders (not searched deeper).
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long ran;

static void die(const char *path)
{
    perror(path);
    exit(2);
}

static void replay_file(const char *path, size_t size)
{
    /* Exactly as large as the input, so that a sanitizer sees a read behind it. */
    uint8_t *data = malloc(size != 0 ? size : 1);
    FILE *file = fopen(path, "rb");

    if (data == NULL || file == NULL || fread(data, 1, size, file) != size)
        die(path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    ran++;
}

static void replay(const char *path, int depth)
{
    struct stat status;
    struct dirent *entry;
    DIR *folder;
    char below[4096];

    if (stat(path, &status) != 0)
        die(path);
    if (!S_ISDIR(status.st_mode)) {
        replay_file(path, (size_t)status.st_size);
        return;
    }
    folder = depth == 0 ? opendir(path) : NULL;
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        replay(below, depth + 1);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    static const uint8_t nothing[1];

    LLVMFuzzerTestOneInput(nothing, 0);
    for (int i = 1; i < argc; i++)
        replay(argv[i], 0);
    printf("%lu inputs replayed\n", ran);
    return 0;
}
