// libyaml's public face, for the YAML module alone.
#ifndef ELAFROS_CLIBYAML_SHIM_H
#define ELAFROS_CLIBYAML_SHIM_H

#include <yaml.h>

#endif
