"""The codes of the catalogue in the words of other catalogues: the inverse of harvesters/mappings.

Sources: GB code lists of schemas/codes; authority tables of the Publications Office of the EU (frequency, data-theme,
file-type, access-right), which DCAT-AP asks for; ISO 8601 intervals as Project Open Data 1.1 lists them.
"""

from __future__ import annotations

EU = "http://publications.europa.eu/resource/authority/"
CHINESE = f"{EU}language/ZHO"
IANA = "https://www.iana.org/assignments/media-types/"

#: update_cycle → (EU frequency, ISO 8601 interval)
FREQUENCY = {
    "1": ("UPDATE_CONT", "R/PT1S"),
    "2": ("DAILY", "R/P1D"),
    "3": ("WEEKLY", "R/P1W"),
    "4": ("MONTHLY", "R/P1M"),
    "5": ("QUARTERLY", "R/P3M"),
    "6": ("ANNUAL_2", "R/P6M"),
    "7": ("ANNUAL", "R/P1Y"),
    "8": ("OTHER", "irregular"),
}
#: open_type → (EU access right, access level of Project Open Data)
ACCESS = {"1": ("PUBLIC", "public"), "2": ("RESTRICTED", "restricted public")}
#: open_domain → EU data theme; fields that none of the thirteen means are left out
THEME = {
    "02": "TECH", "03": "ECON", "04": "SOCI", "05": "REGI", "06": "EDUC", "07": "AGRI", "08": "GOVE", "10": "ENER",
    "11": "ECON", "12": "SOCI", "13": "ENVI", "14": "TRAN", "16": "SOCI", "17": "HEAL", "18": "ECON", "20": "ECON",
    "22": "JUST", "23": "HEAL", "24": "ECON", "25": "ECON", "26": "REGI",
}  # fmt: skip
#: licences that have one address everywhere; others are known by the address that the register of the site gives
LICENCE = {
    "cc-by": "https://creativecommons.org/licenses/by/4.0/",
    "cc-by-sa": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc-zero": "https://creativecommons.org/publicdomain/zero/1.0/",
    "odc-by": "https://opendatacommons.org/licenses/by/1.0/",
    "odc-odbl": "https://opendatacommons.org/licenses/odbl/1.0/",
    "odc-pddl": "https://opendatacommons.org/licenses/pddl/1.0/",
}
#: format of a file → (EU file type, media type)
FORMAT = {
    "CSV": ("CSV", "text/csv"),
    "DOC": ("DOC", "application/msword"),
    "DOCX": ("DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "GEOJSON": ("GEOJSON", "application/geo+json"),
    "HTML": ("HTML", "text/html"),
    "JPEG": ("JPEG", "image/jpeg"),
    "JSON": ("JSON", "application/json"),
    "KML": ("KML", "application/vnd.google-earth.kml+xml"),
    "PDF": ("PDF", "application/pdf"),
    "PNG": ("PNG", "image/png"),
    "RDF": ("RDF_XML", "application/rdf+xml"),
    "TSV": ("TSV", "text/tab-separated-values"),
    "TXT": ("TXT", "text/plain"),
    "XLS": ("XLS", "application/vnd.ms-excel"),
    "XLSX": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "XML": ("XML", "application/xml"),
    "ZIP": ("ZIP", "application/zip"),
}
