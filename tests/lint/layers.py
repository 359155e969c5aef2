#!/usr/bin/env python3
"""Includes run one way, proto <- certs <- daemon | client, and a library is known to few files."""
import os
import re

from support import house

BELOW = {"proto": (), "certs": ("proto",), "daemon": ("certs", "proto"), "client": ("certs", "proto")}

# A header (pattern), the files that may include it (pattern), and how to say so.
ONLY = [
    (r"lmdb\.h", r"daemon/([^/]+/)?store_[^/]*|client/([^/]+/)?vault[^/]*", "daemon/store_* and client/vault*"),
    (r"event2/.*", r"daemon/(server|conn|writer)[^/]*", "the daemon's server, conn and writer files"),
    (r"msgpack.*\.h", r"proto/mp\.c", "proto/mp.c"),
    (r"openssl/(evp|kdf|hmac|sha|rand|core_names|params|provider|ec|bn)\.h",
     r"proto/(crypto|hpke|cobblestone)[^/]*\.c", "proto's crypto files"),
    (r"openssl/.*", r"proto/(crypto|hpke|cobblestone)[^/]*\.c|certs/.*|daemon/(server|conn)[^/]*|client/(net|rpc|link)[^/]*",
     "proto's crypto files, certs/ and the files that hold a connection"),
    (r"(sys/socket|sys/un|netdb|poll|sys/epoll|fcntl|sys/stat|dirent|sys/mman|time|sys/time|signal|netinet/.*|arpa/.*)\.h",
     r"(certs|daemon|client)/.*", "the layers above proto, which has no sockets, no disk and no clock"),
    (r"(jansson|keyutils|qrencode|histedit|editline/.*)\.h", r"client/.*", "client/"),
    (r"ini\.h", r"daemon/.*", "daemon/"),
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def check(root):
    found = []
    for path in house.files(root, (".c", ".h")):
        text = house.code(house.read(root, path), keep_strings=True)
        for m in INCLUDE.finditer(text):
            where = f"{path}:{house.line_of(text, m.start(2))}"
            found += own(root, path, m.group(2), where) if m.group(1) == '"' else foreign(path, m.group(2), where)
    return found


def own(root, path, name, where):
    layer = path.split("/")[0]
    for base in (os.path.dirname(path), ""):
        target = os.path.normpath(os.path.join(base, name))
        if os.path.exists(os.path.join(root, target)):
            other = target.split("/")[0]
            if other == layer or other in BELOW[layer]:
                return []
            return [f"{where}: {layer} must not know {target}"]
    return [f"{where}: there is no {name}"]


def foreign(path, name, where):
    for header, who, words in ONLY:
        if re.fullmatch(header, name):
            return [] if re.fullmatch(who, path) else [f"{where}: <{name}> is for {words}"]
    return []


TREE = {"proto/a.h": "", "certs/b.h": "", "daemon/c.h": "", "client/d.h": ""}
CONTROLS = [
    ("includes that run down", {**TREE, "daemon/x.c": '#include "c.h"\n#include "proto/a.h"\n#include "certs/b.h"\n'}, None),
    ("proto including certs", {**TREE, "proto/x.c": '#include "certs/b.h"\n'}, "proto must not know certs/b.h"),
    ("the same by a path with dots", {**TREE, "proto/x.c": '#include "../certs/b.h"\n'}, "proto must not know"),
    ("client including daemon", {**TREE, "client/x.h": '#include "daemon/c.h"\n'}, "client must not know"),
    ("an include that is not there", {**TREE, "client/x.h": '#include "nowhere.h"\n'}, "there is no nowhere.h"),
    ("an include in a comment", {**TREE, "proto/x.c": '/*\n#include "certs/b.h"\n*/\n'}, None),
    ("lmdb in a handler", {"daemon/req_push.c": "#include <lmdb.h>\n"}, "is for daemon/store_*"),
    ("lmdb in the store and the vault", {"daemon/store_feed.c": "#include <lmdb.h>\n",
                                         "client/vault.c": "#include <lmdb.h>\n"}, None),
    ("events in the store", {"daemon/store_feed.c": "#include <event2/event.h>\n"}, "server, conn and writer"),
    ("evp in certs", {"certs/tls.c": "#include <openssl/evp.h>\n"}, "proto's crypto files"),
    ("ssl in certs", {"certs/tls.c": "#include <openssl/ssl.h>\n"}, None),
    ("ssl in a handler", {"daemon/req_push.c": "#include <openssl/ssl.h>\n"}, "hold a connection"),
    ("msgpack outside mp.c", {"proto/record.c": "# include <msgpack.h>\n"}, "is for proto/mp.c"),
    ("a clock in proto", {"proto/record.c": "#include <time.h>\n"}, "no clock"),
]
house.main(check, "every include runs down, every library stays with its files", CONTROLS)
