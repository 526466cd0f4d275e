// The floor for reading manifests: libyaml's events over every file named on standard input, and nothing made of them.
#include <stdio.h>
#include <string.h>
#include <yaml.h>

int main(void) {
    char path[4096];
    unsigned long events = 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = 0;
        FILE *file = fopen(path, "rb");
        if (!file) {
            perror(path);
            return 1;
        }
        static unsigned char text[1 << 22];
        size_t size = fread(text, 1, sizeof text, file);
        fclose(file);
        yaml_parser_t parser;
        yaml_parser_initialize(&parser);
        yaml_parser_set_input_string(&parser, text, size);
        for (int done = 0; !done;) {
            yaml_event_t event;
            if (!yaml_parser_parse(&parser, &event)) {
                fprintf(stderr, "%s: %s\n", path, parser.problem);
                return 1;
            }
            done = event.type == YAML_STREAM_END_EVENT;
            events++;
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
    }
    printf("%lu events\n", events);
    return 0;
}
