"""From a mail to the message that leaves: headers set by the library, which refuses what would break them."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from services.notifications.domain.letter import Mail, message_id

FROM_NAME = "Quartiers Métropolitains d’Innovation"


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message in text and HTML; the same mail always gives the same Message-ID and Date."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(FROM_NAME, *sender.split("@"))
    message["To"] = Address(mail.to_name, *mail.to_address.split("@"))
    message["Subject"] = mail.letter.subject
    message["Date"] = mail.written_at
    message["Message-ID"] = message_id(mail.notification_id, sender.split("@")[1])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.letter.text)
    message.add_alternative(mail.letter.html, subtype="html")
    # Last: making the parts would carry it into the first of them.
    message["Content-Language"] = "fr"
    return message
