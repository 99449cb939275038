"""Package map of the project: the top level is fixed, `ckanext` itself is never ours (docs/architecture.md)."""

from setuptools import find_packages, setup

ROOT = "ckanext.govshare"
SOURCES = {
    ROOT: "ckanext-govshare/ckanext/govshare",
    f"{ROOT}.schemas": "schemas",
    f"{ROOT}.harvesters": "harvesters",
    f"{ROOT}.i18n": "i18n",
}
packages = [
    package
    for name, folder in SOURCES.items()
    for package in [name, *(f"{name}.{sub}" for sub in find_packages(folder))]
]
setup(
    packages=packages,
    package_dir=SOURCES,
    message_extractors={
        "ckanext-govshare/ckanext/govshare": [("**.py", "python", None), ("**.js", "javascript", None), ("**/templates/**.html", "ckan", None)],
    },
)
